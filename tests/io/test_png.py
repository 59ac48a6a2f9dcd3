"""The PNG encoder and the reader of frames of a data set, against Pillow."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vidpred import DataError
from vidpred.io import MOST_PIXELS, check_image_size, read_frame, write_frames
from vidpred.io.png import PngHeader, chunk_kinds, encode_frames, read_header

FRAMES = np.random.default_rng(0).integers(0, 256, (3, 5, 7, 3), np.uint8)


def test_encoded_frames_are_read_by_pillow_and_by_read_frame(tmp_path: Path) -> None:
    write_frames(tmp_path / "new/folder", FRAMES)
    for t, frame in enumerate(FRAMES):
        path = tmp_path / f"new/folder/{t}.png"
        assert np.array_equal(np.asarray(Image.open(path)), frame)
        assert torch.equal(read_frame(path, (5, 7)), torch.from_numpy(frame).permute(2, 0, 1))


def test_the_header_and_the_chunks_of_a_file() -> None:
    (data, *_) = encode_frames(FRAMES)
    assert read_header(data) == PngHeader(5, 7, 8, "RGB") and read_header(data[:32]) is None
    assert list(chunk_kinds(data)) == [b"IHDR", b"IDAT", b"IEND"]


@pytest.mark.parametrize(
    ("mode", "expected"), [("L", "is grey"), ("RGBA", "is RGB with transparency"), ("P", "is an image with a palette")]
)
def test_other_colours_are_errors(mode: str, expected: str, tmp_path: Path) -> None:
    Image.fromarray(FRAMES[0]).convert(mode).save(tmp_path / "0.png")
    with pytest.raises(DataError) as caught:
        read_frame(tmp_path / "0.png", advice=", or else")
    assert caught.value.path == tmp_path / "0.png"
    assert caught.value.message == f"{expected}, but frames are RGB; save it as RGB, or else"


def test_other_sizes_and_formats_are_errors(tmp_path: Path) -> None:
    write_frames(tmp_path, FRAMES)
    with pytest.raises(DataError, match=r"0\.png: is 5x7, but frames are 7x5 \(height x width\)"):
        read_frame(tmp_path / "0.png", (7, 5))
    Image.fromarray(FRAMES[0]).save(content := io.BytesIO(), "JPEG")
    (tmp_path / "0.png").write_bytes(content.getvalue())
    with pytest.raises(DataError, match=r"0\.png: cannot be read as an image"):
        read_frame(tmp_path / "0.png")
    with pytest.raises(DataError, match=r"9\.png: is missing"):
        read_frame(tmp_path / "9.png")


def test_the_largest_image() -> None:
    check_image_size("a", 2**12, MOST_PIXELS // 2**12)
    for height, width in ((0, 5), (2**12 + 1, MOST_PIXELS // 2**12)):
        with pytest.raises(DataError, match="1 to 33,554,432 pixels can be read"):
            check_image_size(Path("a"), height, width)
