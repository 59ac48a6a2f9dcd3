"""Images and animations. Bad ones are in tests/data/test_user_frames.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.io.frame_files import draw_frames, write_animation
from vidpred import DataError
from vidpred.io.images import drop_alpha, iterate_images, read_still

FRAMES = draw_frames()


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp"])
def test_animations_are_read_frame_by_frame(name: str, tmp_path: Path) -> None:
    write_animation(tmp_path / name, FRAMES, **({"lossless": True} if name == "a.webp" else {}))
    assert np.array_equal(np.stack(list(iterate_images(tmp_path / name))), FRAMES)
    with pytest.raises(DataError, match="is an animation, though it is one of several files"):
        read_still(tmp_path / name)


@pytest.mark.parametrize(("mode", "channels"), [("RGB", 3), ("L", 1), ("LA", 1), ("RGBA", 3), ("P", 3), ("1", 1)])
def test_channels_of_each_mode(mode: str, channels: int, tmp_path: Path) -> None:
    image = Image.fromarray(FRAMES[0]).convert(mode)
    image.save(tmp_path / "a.png")
    expected = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    assert np.array_equal(read_still(tmp_path / "a.png").squeeze(), expected)


def test_only_an_opaque_alpha_channel_is_dropped() -> None:
    pixels = np.full((2, 2, 4), 255, np.uint8)
    assert drop_alpha("a", pixels).shape == (2, 2, 3)
    pixels[1, 0, 3] = 254
    with pytest.raises(DataError, match="a: is partly transparent"):
        drop_alpha("a", pixels)
