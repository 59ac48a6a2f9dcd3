"""A GIF of truth and prediction, side by side."""
from __future__ import annotations

from pathlib import Path

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

GIVEN, PREDICTED = (46, 160, 67), (207, 34, 46)     # the borders' green and red
BACKGROUND, INK = (255, 255, 255), (31, 35, 40)
BORDER, GAP, CAPTION, SHORTEST = 3, 8, 18, 128
MILLISECONDS = 200                                  # a frame is shown so long

Pixels = NDArray[np.uint8]


def preview(path: Path, truth: Tensor, predicted: Tensor, past: int) -> None:
    """Write a GIF: a row for each clip, truth | prediction, both bordered green while frames are given, then the prediction
    red. `truth` [B, T, C, H, W] and `predicted` [B, T-1, C, H, W] (frames 1 .. T-1) in [0, 1]; frames up to `past` are
    shown as they were given."""
    given = truth[:, :past]
    columns = {"truth": _pixels(truth), "prediction": np.concatenate([_pixels(given), _pixels(predicted[:, past - 1:])], 1)}
    frames = [_page({name: column[:, t] for name, column in columns.items()}, t, past) for t in range(truth.shape[1])]
    path.parent.mkdir(parents=True, exist_ok=True)
    iio.imwrite(path, np.stack(frames), plugin="pillow", duration=MILLISECONDS, loop=0, optimize=False)


def _page(columns: dict[str, Pixels], t: int, past: int) -> Pixels:
    """One frame of the GIF. Each column is [B, H, W, 3]."""
    clips, height, width = next(iter(columns.values())).shape[:3]
    scale = max(1, -(-SHORTEST // min(height, width)))
    cell = (width * scale + 2 * BORDER + GAP, height * scale + 2 * BORDER + GAP)
    page = Image.new("RGB", (GAP + cell[0] * len(columns), CAPTION + cell[1] * clips), BACKGROUND)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(12)
    for column, (name, frames) in enumerate(columns.items()):
        left = GAP + column * cell[0]
        draw.text((left, 2), name if column else f"{name}   frame {t}", INK, font)
        border = GIVEN if t < past or column == 0 else PREDICTED
        for row, frame in enumerate(frames):
            top = CAPTION + row * cell[1]
            draw.rectangle((left, top, left + cell[0] - GAP - 1, top + cell[1] - GAP - 1), fill=border)
            page.paste(Image.fromarray(frame).resize((width * scale, height * scale), Image.Resampling.NEAREST), (left + BORDER, top + BORDER))
    return np.asarray(page)


def _pixels(frames: Tensor) -> Pixels:
    """[B, T, C, H, W] in [0, 1] -> uint8 [B, T, H, W, 3]; grey frames become RGB."""
    values = (frames.clamp(0, 1) * 255).round().byte().movedim(2, -1)
    return np.asarray(values.expand(*values.shape[:-1], 3))
