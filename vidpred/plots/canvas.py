"""Frames as pixels: what GIFs and strips are made of."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

GIVEN, PREDICTED = (46, 160, 67), (207, 34, 46)  # the borders' green and red
BACKGROUND, INK, FAINT = (255, 255, 255), (31, 35, 40), (101, 109, 118)
BORDER, GAP = 3, 8

Colour = tuple[int, int, int]
Pixels = NDArray[np.uint8]


def to_pixels(frames: Tensor) -> Pixels:
    """[..., C, H, W] in [0, 1] -> uint8 [..., H, W, 3]. Grey becomes RGB; of other channels the first three are shown."""
    values = (frames.clamp(0, 1) * 255).round().byte().movedim(-3, -1)
    values = values[..., :3] if values.shape[-1] >= 3 else values[..., :1].expand(*values.shape[:-1], 3)
    return np.asarray(values)


class Page:
    """A white page to put frames and captions on."""

    def __init__(self, width: int, height: int) -> None:
        self.image = Image.new("RGB", (width, height), BACKGROUND)
        self._draw = ImageDraw.Draw(self.image)

    def frame(self, left: int, top: int, frame: Pixels, scale: int, border: Colour) -> None:
        """A frame [H, W, 3], upscaled by a whole factor, its border outside it; `left` and `top` are the border's."""
        height, width = frame.shape[0] * scale, frame.shape[1] * scale
        self._draw.rectangle((left, top, left + width + 2 * BORDER - 1, top + height + 2 * BORDER - 1), fill=border)
        self.image.paste(
            Image.fromarray(frame).resize((width, height), Image.Resampling.NEAREST), (left + BORDER, top + BORDER)
        )

    def text(self, left: int, top: int, text: str, size: int = 13, colour: Colour = INK, anchor: str = "la") -> None:
        self._draw.text((left, top), text, colour, font(size), anchor=anchor)


@cache
def font(size: int) -> Any:
    """Pillow's own font: nothing has to be installed."""
    return ImageFont.load_default(size)
