"""Augmentations of training windows."""

from __future__ import annotations

import random
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator
from torch import Tensor
from torchvision.transforms.v2.functional import resized_crop

import vidpred
from vidpred import Augmentation, Window

Share = Annotated[float, Field(gt=0, le=1)]


class Crop(Augmentation):
    """Crop a random box out of a share of the windows and resize it to the original size, with antialiasing.

    One box, with the aspect ratio of the frames, is cropped out of all frames of a window and out of conditions that
    are maps [T, C, H, W]; maps of another size are cropped to the same part. Condition vectors are unchanged.
    """

    name = "crop"

    class Config(vidpred.Config):
        share: float = Field(0.5, ge=0, le=1, description="probability that a training window is cropped")
        scale: tuple[Share, Share] = Field(
            (0.7, 1.0), description="smallest and largest height of the box, relative to the height of the frame"
        )

        @model_validator(mode="after")
        def _in_order(self) -> Self:
            if self.scale[0] > self.scale[1]:
                raise ValueError(
                    f"scale: give the smallest, then the largest, got {self.scale[0]:g} and {self.scale[1]:g}"
                )
            return self

    config: Config

    def __call__(self, window: Window, key: int) -> Window:
        source = random.Random(key)
        if source.random() >= self.config.share:
            return window
        height, width = window.frames.shape[-2:]
        scale = source.uniform(*self.config.scale)
        box = _Box(*_random_interval(source, height, scale), *_random_interval(source, width, scale))
        conditions = _crop(window.conditions, box) if window.conditions.ndim == 4 else window.conditions
        return Window(_crop(window.frames, box), conditions)


class _Box(NamedTuple):
    """The borders of a box, relative to height and width."""

    top: float
    bottom: float
    left: float
    right: float


def _random_interval(source: random.Random, size: int, scale: float) -> tuple[float, float]:
    """Draw an interval of whole pixels, about `scale` of `size` long; return its borders relative to `size`."""
    length = max(1, round(scale * size))
    first = source.randint(0, size - length)
    return first / size, (first + length) / size


def _crop(maps: Tensor, box: _Box) -> Tensor:
    """Crop the box out of maps [T, C, H, W] and resize it to H x W."""
    height, width = maps.shape[-2:]
    top, rows = _pixels(box.top, box.bottom, height)
    left, columns = _pixels(box.left, box.right, width)
    cropped: Tensor = resized_crop(maps, top, left, rows, columns, [height, width], antialias=True)
    return cropped


def _pixels(first: float, last: float, size: int) -> tuple[int, int]:
    """Return the nearest whole pixels, at least one: the index of the first, and their number."""
    start = min(round(first * size), size - 1)
    return start, max(round(last * size) - start, 1)
