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
    """A random box for a share of the windows, resized to the size that was, with antialiasing.

    A window has one box, of the frames' aspect ratio, for all its frames and for conditions that are maps [T, C, H, W]: of
    another size, they are cropped to the same part. Conditions that are vectors stay as they are.
    """

    name = "crop"

    class Config(vidpred.Config):
        share: float = Field(0.5, ge=0, le=1, description="share of the training windows that are cropped")
        scale: tuple[Share, Share] = Field(
            (0.7, 1.0), description="smallest and largest height of the box, in heights of the frame"
        )

        @model_validator(mode="after")
        def _in_order(self) -> Self:
            if self.scale[0] > self.scale[1]:
                raise ValueError(f"scale is the smallest and the largest, got {self.scale[0]:g} and {self.scale[1]:g}")
            return self

    config: Config

    def __call__(self, sample: Window, key: int) -> Window:
        source = random.Random(key)
        if source.random() >= self.config.share:
            return sample
        height, width = sample.frames.shape[-2:]
        scale = source.uniform(*self.config.scale)
        box = _Box(*_stretch(source, height, scale), *_stretch(source, width, scale))
        maps = sample.conditions.ndim == 4
        return Window(_cropped(sample.frames, box), _cropped(sample.conditions, box) if maps else sample.conditions)


class _Box(NamedTuple):
    """Shares of height and width."""

    top: float
    bottom: float
    left: float
    right: float


def _stretch(source: random.Random, size: int, scale: float) -> tuple[float, float]:
    """Whole pixels, about `scale` of `size`, anywhere: their borders in shares of `size`."""
    length = max(1, round(scale * size))
    first = source.randint(0, size - length)
    return first / size, (first + length) / size


def _cropped(maps: Tensor, box: _Box) -> Tensor:
    """Maps [T, C, H, W] -> the box of each, resized to H x W."""
    height, width = maps.shape[-2:]
    top, rows = _pixels(box.top, box.bottom, height)
    left, columns = _pixels(box.left, box.right, width)
    cropped: Tensor = resized_crop(maps, top, left, rows, columns, [height, width], antialias=True)
    return cropped


def _pixels(first: float, last: float, size: int) -> tuple[int, int]:
    """The nearest whole pixels, at least one: the first, and how many."""
    start = min(round(first * size), size - 1)
    return start, max(round(last * size) - start, 1)
