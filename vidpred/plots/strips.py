"""Strips: every time step of a few clips in one image, truth above prediction."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from typing import NamedTuple

from vidpred.evaluation.preview_types import Preview
from vidpred.plots.canvas import BORDER, FAINT, GAP, GIVEN, PREDICTED, Canvas, to_pixels

MAX_SIDE = 128  # frames are upscaled while their longer side has at most this many pixels
MAX_PER_BAND = 16  # frames side by side
TITLE_HEIGHT, NUMBER_HEIGHT, PSNR_HEIGHT = 40, 20, 24
LABEL_WIDTH, MARGIN, MIN_WIDTH = 78, 12, 740


class StripLayout(NamedTuple):
    """The arrangement of a strip, sizes in pixels. Frames are divided into bands of nearly equal length."""

    clips: int
    frames: int
    scale: int
    cell_width: int  # a frame with its border and the gap beside it
    cell_height: int
    bands: int
    per_band: int

    @property
    def band_height(self) -> int:
        return NUMBER_HEIGHT + 2 * self.cell_height + PSNR_HEIGHT

    @property
    def clip_height(self) -> int:
        return self.bands * self.band_height + MARGIN

    @property
    def size(self) -> tuple[int, int]:
        width = LABEL_WIDTH + self.per_band * self.cell_width + MARGIN
        return max(width, MIN_WIDTH), TITLE_HEIGHT + self.clips * self.clip_height

    def position(self, clip: int, t: int) -> tuple[int, int]:
        """Return the left of frame t of a clip, and the top of its band."""
        band, column = divmod(t, self.per_band)
        top = TITLE_HEIGHT + clip * self.clip_height + band * self.band_height
        return LABEL_WIDTH + column * self.cell_width, top


def write_preview_strip(path: Path, preview: Preview, epoch: int) -> None:
    """Write a PNG with the truth above the best of N samples for each clip, frame numbers above them and the PSNR below
    each predicted frame. Clips of more than 16 frames are continued in further bands. Borders as in the GIF."""
    layout = _arrange_strip(preview)
    canvas = Canvas(*layout.size)
    canvas.draw_text(MARGIN, 10, _strip_title(preview, epoch), 15)
    samples = preview.samples.shape[1]
    for clip in range(layout.clips):
        _draw_row_labels(canvas, layout, clip, f"best of {samples}" if samples > 1 else "sample")
        _draw_clip(canvas, layout, preview, clip)
    path.parent.mkdir(parents=True, exist_ok=True)
    canvas.image.save(path)


def _arrange_strip(preview: Preview) -> StripLayout:
    clips, frames, _, height, width = preview.truth.shape
    scale = max(1, MAX_SIDE // max(height, width))
    bands = ceil(frames / MAX_PER_BAND)
    return StripLayout(
        clips=clips,
        frames=frames,
        scale=scale,
        cell_width=width * scale + 2 * BORDER + GAP // 2,
        cell_height=height * scale + 2 * BORDER + GAP // 2,
        bands=bands,
        per_band=ceil(frames / bands),
    )


def _draw_row_labels(canvas: Canvas, layout: StripLayout, clip: int, prediction: str) -> None:
    for band in range(layout.bands):
        middle = layout.position(clip, band * layout.per_band)[1] + NUMBER_HEIGHT + layout.cell_height // 2
        canvas.draw_text(MARGIN, middle, "truth", anchor="lm")
        canvas.draw_text(MARGIN, middle + layout.cell_height, prediction, anchor="lm")
        canvas.draw_text(MARGIN, middle + layout.cell_height * 3 // 2 + 7, "PSNR (dB)", 12, FAINT, anchor="lm")


def _draw_clip(canvas: Canvas, layout: StripLayout, preview: Preview, clip: int) -> None:
    best, psnr = preview.best()
    truth, predicted, past = to_pixels(preview.truth[clip]), to_pixels(best[clip]), preview.past
    for t in range(layout.frames):
        left, top = layout.position(clip, t)
        middle = left + (layout.cell_width - GAP // 2) // 2
        lower = top + NUMBER_HEIGHT + layout.cell_height
        frame, border = (truth[t], GIVEN) if t < past else (predicted[t - 1], PREDICTED)
        canvas.draw_text(middle, top + NUMBER_HEIGHT // 2, str(t), 12, FAINT, anchor="mm")
        canvas.draw_frame(left, top + NUMBER_HEIGHT, truth[t], layout.scale, GIVEN)
        canvas.draw_frame(left, lower, frame, layout.scale, border)
        if t >= past:
            value = f"{psnr[clip, t - past]:.1f}"
            canvas.draw_text(middle, lower + layout.cell_height + 7, value, 12, anchor="mm")


def _strip_title(preview: Preview, epoch: int) -> str:
    frames = preview.truth.shape[1]
    count = f"first {frames} of {preview.length} frames" if frames < preview.length else f"{frames} frames"
    return f"epoch {epoch}     {count}, {preview.past} given     green: given or true, red: predicted"
