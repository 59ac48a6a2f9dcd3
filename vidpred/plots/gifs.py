"""A GIF of truth and predictions, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from vidpred.evaluation.preview_types import Preview
from vidpred.io.atomic import atomic_path
from vidpred.plots.canvas import BORDER, FAINT, GAP, GIVEN, PREDICTED, Page, Pixels, font, to_pixels

SHORTEST = 128  # frames are upscaled until their shorter side is this long, in pixels
TITLE, CAPTION = 26, 20
MILLISECONDS = 200  # a frame is shown so long
_TRUE = ("truth", "condition")  # columns that show nothing predicted
_COARSER = [
    round(round(value * 63 / 255) * 255 / 63) for value in range(256)
] * 3  # 6 bits: a palette is found 3 times as fast


def write_preview_gif(path: Path, preview: Preview, epoch: int) -> None:
    """Write a GIF: a row for each clip, truth | approximate posterior | best of N | samples. A green border is a frame that
    was given, or the truth; a red one is predicted."""
    columns = _columns(preview)
    shown = preview.truth.shape[1]
    of = f"{shown - 1}" if shown == preview.length else f"{shown - 1}  (of {preview.length - 1})"
    titles = [
        f"epoch {epoch}     frame {t} / {of}     {'given' if t < preview.past else 'predicted'}" for t in range(shown)
    ]
    _save(
        path,
        (
            _page({name: column[:, t] for name, column in columns.items()}, titles[t], t < preview.past)
            for t in range(shown)
        ),
    )


def write_clip_gif(path: Path, columns: Mapping[str, Tensor], past: int, name: str) -> None:
    """Write a GIF of one clip: the pages of `render_pages`."""
    _save(path, render_pages(columns, past, name))


def render_pages(columns: Mapping[str, Tensor], past: int, name: str) -> Iterator[Image.Image]:
    """An RGB page for each frame of one clip: sequences [T, C, H, W] in [0, 1] beside each other. Borders as
    in `gif`; a column that is called neither "truth" nor "condition" is predicted from frame `past` on."""
    length = max(len(frames) for frames in columns.values())
    for t in range(length):
        shown = {title: to_pixels(frames[t : t + 1]) for title, frames in columns.items()}
        yield _page(shown, f"{name}     frame {t} / {length - 1}", t < past)


def _save(path: Path, pages: Iterator[Image.Image]) -> None:
    """Each page with 256 colours of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = (page.point(_COARSER).quantize(dither=Image.Dither.NONE) for page in pages)
    with atomic_path(path) as temporary:
        next(coarse).save(
            temporary, "GIF", save_all=True, append_images=coarse, duration=MILLISECONDS, loop=0, optimize=False
        )


def _columns(preview: Preview) -> dict[str, Pixels]:
    """Each [B, T, H, W, 3]: given frames as they were given, then what was predicted."""
    past, samples = preview.past, preview.samples.unbind(1)
    predicted = {"approximate posterior": preview.posterior, f"best of {len(samples)}": preview.best()[0]}
    predicted |= {f"sample {n}": sample for n, sample in enumerate(samples, 1)} if len(samples) > 1 else {}
    truth = to_pixels(preview.truth)
    return {"truth": truth} | {
        name: np.concatenate([truth[:, :past], to_pixels(frames[:, past - 1 :])], 1)
        for name, frames in predicted.items()
    }


def _page(columns: dict[str, Pixels], title: str, given: bool) -> Image.Image:
    """One frame of the GIF. Each column is [B, H, W, 3]."""
    clips, height, width = next(iter(columns.values())).shape[:3]
    scale = max(1, -(-SHORTEST // min(height, width)))
    cell = (width * scale + 2 * BORDER + GAP, height * scale + 2 * BORDER + GAP)
    page = Page(GAP + cell[0] * len(columns), TITLE + CAPTION + cell[1] * clips)
    page.text(GAP, 7, title, colour=FAINT)
    for column, (name, frames) in enumerate(columns.items()):
        left = GAP + column * cell[0]
        page.text(left, TITLE + 1, _fitting(name, cell[0] - GAP))
        for row, frame in enumerate(frames):
            page.frame(
                left, TITLE + CAPTION + row * cell[1], frame, scale, GIVEN if given or name in _TRUE else PREDICTED
            )
    return page.image


def _fitting(caption: str, width: int) -> str:
    return caption if font(13).getlength(caption) <= width else caption.replace("approximate", "approx.")
