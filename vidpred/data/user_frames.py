"""Frames from whatever they are in: a folder of pictures, a GIF, a video, an array."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2.functional import resize

from vidpred.contracts.specs import FeatureSpec
from vidpred.errors import DataError
from vidpred.io import arrays, files, images as pictures, video as videos
from vidpred.io.images import Pixels

KINDS = f"a folder of images, a GIF or another image ({', '.join(pictures.ENDINGS)}), a video ({', '.join(videos.ENDINGS)}), or .npz"


class Frames(NamedTuple):
    """uint8 [T, C, H, W] as the model reads them, and what was done to make them so."""

    values: Tensor
    size: tuple[int, int]  # before they were resized
    notes: tuple[str, ...]


def read(path: Path) -> Iterator[Pixels]:
    """Each frame, uint8 [H, W, 1 or 3], decoded when it is asked for. Raises VidpredError."""
    if path.is_dir():
        return map(pictures.picture, files.in_order(path, pictures.ENDINGS))
    ending = path.suffix.lower()
    for endings, reader in (
        (pictures.ENDINGS, pictures.sequence),
        (videos.ENDINGS, videos.read),
        (arrays.ENDINGS, arrays.frames),
    ):
        if ending in endings:
            return reader(path)
    raise DataError(
        f"{path}: {'is not a kind of file that frames are read from' if path.exists() else 'is not there'}; give {KINDS}"
    )


def first(path: Path, count: int, spec: FeatureSpec) -> Frames:
    """The first `count` frames, or as many as there are, resized to the model's size, antialiased, as data sets do. No more are
    decoded. Raises VidpredError."""
    if spec.size is None:
        raise DataError(f"{path}: the model reads {spec} numbers for each frame, not pictures")
    values: list[Tensor] = []
    size: tuple[int, int] | None = None
    channels: set[int] = set()
    for number, pixels in enumerate(islice(read(path), count)):
        height, width, has = pixels.shape
        size = size or (height, width)
        if (height, width) != size:
            raise DataError(
                f"{path}: frame {number} is {_shown((height, width))}, but the first is {_shown(size)} (height x width); "
                "make all of one size"
            )
        files.checked_size(path, height, width)
        channels.add(has)
        values.append(_resized(_channels(f"{path}, frame {number}", pixels, spec.channels), spec.size))
    if size is None:
        raise DataError(f"{path}: holds no frames; give another")
    return Frames(torch.stack(values), size, tuple(_notes(size, spec.size, channels, spec.channels)))


def _channels(where: str, pixels: Pixels, channels: int) -> Pixels:
    """Grey is shown to a model of RGB as RGB; the other way only where nothing gets lost."""
    if pixels.shape[2] == channels:
        return pixels
    if pixels.shape[2] == 1 and channels == 3:
        return pixels.repeat(3, 2)
    if channels == 1 and bool((pixels == pixels[..., :1]).all()):
        return pixels[..., :1]
    raise DataError(f"{where}: has {pixels.shape[2]} channels, but the model reads {channels}; convert it")


def _resized(pixels: Pixels, size: tuple[int, int]) -> Tensor:
    frame = torch.from_numpy(np.array(pixels)).permute(2, 0, 1)
    made: Tensor = frame if frame.shape[1:] == size else resize(frame, list(size), antialias=True)
    return made


def _notes(size: tuple[int, int], wanted: tuple[int, int], channels: set[int], read_as: int) -> Iterator[str]:
    if size != wanted:
        squeezed = abs(size[0] * wanted[1] - size[1] * wanted[0]) > max(*size, *wanted)
        yield f"resized from {_shown(size)} to {_shown(wanted)} (height x width){', which changes their proportions' if squeezed else ''}"
    if channels != {read_as}:
        yield "grey, read as RGB" if read_as == 3 else "read as grey"


def _shown(size: tuple[int, ...]) -> str:
    return "x".join(map(str, size))
