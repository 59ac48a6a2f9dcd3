"""GIFs of truth and predictions, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from vidpred.evaluation.preview_types import Preview
from vidpred.io.atomic import atomic_path
from vidpred.plots.canvas import BORDER, FAINT, GAP, GIVEN, PREDICTED, Canvas, Pixels, load_font, to_pixels

MIN_SIDE = 128  # frames are upscaled until their shorter side has this many pixels
TITLE_HEIGHT, CAPTION_HEIGHT = 26, 20
FRAME_MILLISECONDS = 200
_NOT_PREDICTED = ("truth", "condition")  # names of columns without predicted frames
# Rounds a channel to 6 bits, because a palette for fewer colours is computed 3 times as fast.
_SIX_BITS = [round(round(value * 63 / 255) * 255 / 63) for value in range(256)] * 3


def write_preview_gif(path: Path, preview: Preview, epoch: int) -> None:
    """Write a GIF with a row for each clip: truth | approximate posterior | best of N | samples. Frames that were
    given, or are true, have a green border; predicted ones a red border."""
    _save_gif(path, _preview_pages(preview, epoch))


def write_clip_gif(path: Path, columns: Mapping[str, Tensor], past: int, name: str) -> None:
    """Write a GIF of one clip: the pages of `render_pages`."""
    _save_gif(path, render_pages(columns, past, name))


def render_pages(columns: Mapping[str, Tensor], past: int, name: str) -> Iterator[Image.Image]:
    """Yield an RGB image for each frame of one clip: sequences [T, C, H, W] in [0, 1] side by side. Borders as in
    `write_preview_gif`; columns not named "truth" or "condition" are predicted from frame `past` on."""
    length = max(len(frames) for frames in columns.values())
    for t in range(length):
        frames = {title: to_pixels(sequence[t : t + 1]) for title, sequence in columns.items()}
        yield _render_page(frames, f"{name}     frame {t} / {length - 1}", t < past)


def _preview_pages(preview: Preview, epoch: int) -> Iterator[Image.Image]:
    columns, frames = _preview_columns(preview), preview.truth.shape[1]
    last = f"{frames - 1}" if frames == preview.length else f"{frames - 1}  (of {preview.length - 1})"
    for t in range(frames):
        kind = "given" if t < preview.past else "predicted"
        page = {name: column[:, t] for name, column in columns.items()}
        yield _render_page(page, f"epoch {epoch}     frame {t} / {last}     {kind}", t < preview.past)


def _preview_columns(preview: Preview) -> dict[str, Pixels]:
    """Return columns [B, T, H, W, 3], each beginning with the given frames."""
    past, samples = preview.past, preview.samples.unbind(1)
    predicted = {"approximate posterior": preview.posterior, f"best of {len(samples)}": preview.best()[0]}
    if len(samples) > 1:
        predicted |= {f"sample {number}": sample for number, sample in enumerate(samples, 1)}
    truth = to_pixels(preview.truth)
    columns = {"truth": truth}
    for name, frames in predicted.items():
        columns[name] = np.concatenate([truth[:, :past], to_pixels(frames[:, past - 1 :])], 1)
    return columns


def _render_page(columns: dict[str, Pixels], title: str, given: bool) -> Image.Image:
    """Render one frame of each clip; columns are [B, H, W, 3]."""
    clips, height, width = next(iter(columns.values())).shape[:3]
    scale = max(1, -(-MIN_SIDE // min(height, width)))
    cell_width, cell_height = width * scale + 2 * BORDER + GAP, height * scale + 2 * BORDER + GAP
    canvas = Canvas(GAP + cell_width * len(columns), TITLE_HEIGHT + CAPTION_HEIGHT + cell_height * clips)
    canvas.draw_text(GAP, 7, title, colour=FAINT)
    for column, (name, frames) in enumerate(columns.items()):
        left = GAP + column * cell_width
        border = GIVEN if given or name in _NOT_PREDICTED else PREDICTED
        canvas.draw_text(left, TITLE_HEIGHT + 1, _shorten_caption(name, cell_width - GAP))
        for row, frame in enumerate(frames):
            canvas.draw_frame(left, TITLE_HEIGHT + CAPTION_HEIGHT + row * cell_height, frame, scale, border)
    return canvas.image


def _save_gif(path: Path, pages: Iterator[Image.Image]) -> None:
    """Save pages with a palette of 256 colours each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = (page.point(_SIX_BITS).quantize(dither=Image.Dither.NONE) for page in pages)
    options = {"save_all": True, "duration": FRAME_MILLISECONDS, "loop": 0, "optimize": False}
    with atomic_path(path) as temporary:
        next(frames).save(temporary, "GIF", append_images=frames, **options)


def _shorten_caption(caption: str, width: int) -> str:
    fits = load_font(13).getlength(caption) <= width
    return caption if fits else caption.replace("approximate", "approx.")
