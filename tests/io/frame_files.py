"""Frames written to every kind of file that frames can be read from, and files that cannot be read."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Frames = NDArray[np.uint8]  # [T, H, W, 3]
Writer = Callable[[Path], object]


def draw_frames(count: int = 5, size: tuple[int, int] = (64, 64), seed: int = 0) -> Frames:
    """Draw a disc that moves over stripes, in at most 125 colours, so that a GIF holds them exactly."""
    y, x = np.mgrid[: size[0], : size[1]]
    frames = []
    for t in range(count):
        stripes = np.stack([(x + 3 * seed) // 16 % 5, y // 12 % 5, (x + y) // 20 % 5], 2)
        disc = (y - 30 - 3 * t) ** 2 + (x - 20 - 4 * t) ** 2 < 150
        frames.append(np.where(disc[..., None], [4, 1, 0], stripes) * 63)
    return np.array(frames, np.uint8)


def write_animation(path: Path, frames: Frames, **options: object) -> Path:
    """Write a GIF, animated PNG or WebP."""
    first, *rest = map(Image.fromarray, frames)
    first.save(path, save_all=True, append_images=rest, duration=100, **options)
    return path


def write_folder(path: Path, frames: Frames, name: str = "{}.png", first: int = 0) -> Path:
    path.mkdir(parents=True)
    for t, frame in enumerate(frames, first):
        Image.fromarray(frame).save(path / name.format(t))
    return path


def write_video(path: Path, frames: Frames, codec: str, pixels: str, **options: str) -> Path:
    """Write a video with PyAV alone, without the code under test."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=5, options=options)
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], pixels
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame)))
        container.mux(stream.encode())
    return path


def psnr(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    return float(-10 * np.log10(max(1e-10, np.square(first - second).mean())))


def content(data: bytes) -> Writer:
    """Return a function that writes these bytes."""
    return lambda path: path.write_bytes(data)


def array(values: Any) -> Writer:
    """Return a function that saves values as .npy or .npz, pickled if they are objects."""

    def write(path: Path) -> None:
        if path.suffix == ".npy":
            np.save(path, values, allow_pickle=True)
        else:
            np.savez(path, frames=values)

    return write


def npy(shape: str, kind: str = "|u1", data: bytes = b"", order: str = "False") -> bytes:
    """Return an .npy file whose header claims this shape, as Python source."""
    header = f"{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data
