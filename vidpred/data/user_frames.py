"""Frames that a user gives: a folder of images, an animation, a video or an array."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2.functional import resize

from vidpred.contracts.specs import FeatureSpec
from vidpred.errors import DataError
from vidpred.io import arrays, images, video
from vidpred.io.images import Pixels
from vidpred.io.numbered_files import evenly_numbered_files

_READERS: tuple[tuple[tuple[str, ...], Callable[[Path], Iterator[Pixels]]], ...] = (
    (images.ENDINGS, images.iterate_images),
    (video.ENDINGS, video.iterate_video),
    (arrays.ENDINGS, arrays.iterate_array_frames),
)
_SOURCES = (
    f"a folder of images, a GIF or another image ({', '.join(images.ENDINGS)}), "
    f"a video ({', '.join(video.ENDINGS)}), or .npz"
)


class UserFrames(NamedTuple):
    """Frames as the model reads them, uint8 [T, C, H, W]; their `size` (H, W) before resizing; notes on changes."""

    values: Tensor
    size: tuple[int, int]
    notes: tuple[str, ...]


def iterate_user_frames(path: Path) -> Iterator[Pixels]:
    """Yield each frame of a file or folder, uint8 [H, W, 1 or 3], decoded when it is asked for. Raises VidpredError."""
    if path.is_dir():
        return map(images.read_still, evenly_numbered_files(path, images.ENDINGS))
    for endings, reader in _READERS:
        if path.suffix.lower() in endings:
            return reader(path)
    reason = "frames cannot be read from this kind of file" if path.exists() else "does not exist"
    raise DataError(f"{reason}; give {_SOURCES}", path)


def read_user_frames(path: Path, count: int, spec: FeatureSpec) -> UserFrames:
    """Read the first `count` frames, or all if there are fewer, resized to `spec.size`, antialiased, as data sets are.

    No more frames are decoded. Grey and RGB are converted to `spec.channels` if nothing is lost. Raises VidpredError.
    """
    if spec.size is None:
        raise DataError(f"the model reads {spec} numbers for each frame, not images", path)
    values: list[Tensor] = []
    channels: set[int] = set()
    size: tuple[int, int] | None = None
    for number, pixels in enumerate(islice(iterate_user_frames(path), count)):
        size = size or (pixels.shape[0], pixels.shape[1])
        _check_size(path, number, pixels, size)
        channels.add(pixels.shape[2])
        converted = _convert_channels(f"{path}, frame {number}", pixels, spec.channels)
        values.append(_resize(converted, spec.size))
    if size is None:
        raise DataError("holds no frames; give another", path)
    notes = (*_resize_notes(size, spec.size), *_channel_notes(channels, spec.channels))
    return UserFrames(torch.stack(values), size, notes)


def _check_size(path: Path, number: int, pixels: Pixels, size: tuple[int, int]) -> None:
    height, width = pixels.shape[:2]
    if (height, width) != size:
        raise DataError(
            f"frame {number} is {height}x{width}, but the first is {_format_size(size)} (height x width); "
            "make all of one size",
            path,
        )
    images.check_image_size(path, height, width)


def _convert_channels(where: str, pixels: Pixels, channels: int) -> Pixels:
    """Convert grey to RGB, and RGB to grey if all of its channels are equal."""
    if pixels.shape[2] == channels:
        return pixels
    if pixels.shape[2] == 1 and channels == 3:
        return pixels.repeat(3, 2)
    if channels == 1 and bool((pixels == pixels[..., :1]).all()):
        return pixels[..., :1]
    raise DataError(f"{where}: has {pixels.shape[2]} channels, but the model reads {channels}; convert it")


def _resize(pixels: Pixels, size: tuple[int, int]) -> Tensor:
    frame = torch.from_numpy(np.array(pixels)).permute(2, 0, 1)
    if frame.shape[1:] == size:
        return frame
    resized: Tensor = resize(frame, list(size), antialias=True)
    return resized


def _resize_notes(size: tuple[int, int], model_size: tuple[int, int]) -> Iterator[str]:
    if size == model_size:
        return
    note = f"resized from {_format_size(size)} to {_format_size(model_size)} (height x width)"
    distorted = abs(size[0] * model_size[1] - size[1] * model_size[0]) > max(*size, *model_size)
    yield f"{note}, which changes their proportions" if distorted else note


def _channel_notes(channels: set[int], model_channels: int) -> Iterator[str]:
    if channels != {model_channels}:
        yield "grey, read as RGB" if model_channels == 3 else "read as grey"


def _format_size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
