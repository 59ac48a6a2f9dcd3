"""Frames as pixels, and the canvas on which GIFs and strips are drawn."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

GIVEN, PREDICTED = (46, 160, 67), (207, 34, 46)  # the borders' green and red
BACKGROUND, INK, FAINT = (255, 255, 255), (31, 35, 40), (101, 109, 118)
BORDER, GAP = 3, 8  # pixels around a frame and between frames

Colour = tuple[int, int, int]
Pixels = NDArray[np.uint8]


def to_pixels(frames: Tensor) -> Pixels:
    """Convert frames [..., C, H, W] in [0, 1] to uint8 [..., H, W, 3]. Grey becomes RGB; of more than three channels
    the first three are shown."""
    values = (frames.clamp(0, 1) * 255).round().byte().movedim(-3, -1)
    values = values[..., :3] if values.shape[-1] >= 3 else values[..., :1].expand(*values.shape[:-1], 3)
    return np.asarray(values)


class Canvas:
    """A white image with frames and captions."""

    def __init__(self, width: int, height: int) -> None:
        self.image = Image.new("RGB", (width, height), BACKGROUND)
        self._draw = ImageDraw.Draw(self.image)

    def draw_frame(self, left: int, top: int, frame: Pixels, scale: int, border: Colour) -> None:
        """Draw a frame [H, W, 3], upscaled by an integer factor, with a border whose corner is at `left` and `top`."""
        height, width = frame.shape[0] * scale, frame.shape[1] * scale
        right, bottom = left + width + 2 * BORDER - 1, top + height + 2 * BORDER - 1
        self._draw.rectangle((left, top, right, bottom), fill=border)
        upscaled = Image.fromarray(frame).resize((width, height), Image.Resampling.NEAREST)
        self.image.paste(upscaled, (left + BORDER, top + BORDER))

    def draw_text(
        self, left: int, top: int, text: str, size: int = 13, colour: Colour = INK, anchor: str = "la"
    ) -> None:
        self._draw.text((left, top), text, colour, load_font(size), anchor=anchor)


@cache
def load_font(size: int) -> Any:
    """Load the font that Pillow brings along, so that no font has to be installed."""
    return ImageFont.load_default(size)
