"""PNG files as vidpred writes them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vidpred.io.png import encode_frames, write_frames
from vidpred.worlds.robot.motion import simulate_robot
from vidpred.worlds.robot.scene import render


def test_png_files_are_as_small_as_those_of_pillow() -> None:
    frames = render(simulate_robot(3, "train", [0]).scene)[0]
    ours = sum(map(len, encode_frames(frames)))
    pillows = 0
    for frame in frames:
        Image.fromarray(frame).save(file := BytesIO(), "PNG", compress_level=1)
        pillows += len(file.getvalue())
    assert ours < 1.05 * pillows


@pytest.mark.parametrize("shape", [(3, 64, 64), (2, 32, 64), (1, 5, 1), (2, 1, 300), (0, 4, 4)])
def test_png_files_contain_the_exact_frames(tmp_path: Path, shape: tuple[int, int, int]) -> None:
    frames = np.random.default_rng(0).integers(256, size=(*shape, 3), dtype=np.uint8)
    write_frames(tmp_path / "new/folder", frames)
    assert len(list(tmp_path.rglob("*.png"))) == len(frames)
    for t, frame in enumerate(frames):
        with Image.open(tmp_path / f"new/folder/{t}.png") as image:
            assert image.mode == "RGB"
            assert np.array_equal(image, frame)
        with Image.open(tmp_path / f"new/folder/{t}.png") as image:
            image.verify()  # the checksums of all its chunks
