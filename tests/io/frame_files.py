"""The same frames in whatever frames are kept in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Frames = NDArray[np.uint8]  # [T, H, W, 3]


def drawn(count: int = 5, size: tuple[int, int] = (64, 64), seed: int = 0) -> Frames:
    """A disc that moves over stripes, with 125 colours at most, so that a GIF holds them exactly."""
    y, x = np.mgrid[: size[0], : size[1]]
    frames = []
    for t in range(count):
        stripes = np.stack([(x + 3 * seed) // 16 % 5, y // 12 % 5, (x + y) // 20 % 5], 2)
        disc = (y - 30 - 3 * t) ** 2 + (x - 20 - 4 * t) ** 2 < 150
        frames.append(np.where(disc[..., None], [4, 1, 0], stripes) * 63)
    return np.array(frames, np.uint8)


def animation(path: Path, frames: Frames, **how: object) -> Path:
    """A GIF, animated PNG or WebP."""
    first, *rest = map(Image.fromarray, frames)
    first.save(path, save_all=True, append_images=rest, duration=100, **how)
    return path


def folder(path: Path, frames: Frames, name: str = "{}.png", first: int = 0) -> Path:
    path.mkdir(parents=True)
    for t, frame in enumerate(frames, first):
        Image.fromarray(frame).save(path / name.format(t))
    return path


def video(path: Path, frames: Frames, codec: str, pixels: str, **options: str) -> Path:
    """Written by PyAV alone: nothing of ours."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=5, options=options)
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], pixels
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame)))
        container.mux(stream.encode())
    return path


def decibel(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    return float(-10 * np.log10(max(1e-10, np.square(a - b).mean())))
