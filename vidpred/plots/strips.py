"""A strip: every time step of a few clips on one page, truth over prediction."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from typing import NamedTuple, Self

from vidpred.evaluation.preview_types import Preview
from vidpred.plots.canvas import BORDER, FAINT, GAP, GIVEN, PREDICTED, Page, to_pixels

LONGEST = 128  # frames are upscaled while their longer side stays within this, in pixels
PER_BAND = 16  # frames side by side, at most
TITLE, NUMBERS, FIGURES = 40, 20, 24  # heights of what is written
LABELS, MARGIN, NARROWEST = 78, 12, 740


class Layout(NamedTuple):
    """Sizes in pixels. Frames go in bands, as even as can be."""

    clips: int
    frames: int
    scale: int
    cell: tuple[int, int]  # a frame with its border and the gap beside it
    bands: int
    per_band: int

    @classmethod
    def of(cls, preview: Preview) -> Self:
        clips, frames, _, height, width = preview.truth.shape
        scale = max(1, LONGEST // max(height, width))
        bands = ceil(frames / PER_BAND)
        return cls(
            clips,
            frames,
            scale,
            (width * scale + 2 * BORDER + GAP // 2, height * scale + 2 * BORDER + GAP // 2),
            bands,
            ceil(frames / bands),
        )

    @property
    def band(self) -> int:
        return NUMBERS + 2 * self.cell[1] + FIGURES

    @property
    def size(self) -> tuple[int, int]:
        height = TITLE + self.clips * (self.bands * self.band + MARGIN)
        return max(LABELS + self.per_band * self.cell[0] + MARGIN, NARROWEST), height

    def place(self, clip: int, t: int) -> tuple[int, int]:
        """Where frame t of a clip begins: left, and the top of its band."""
        band, column = divmod(t, self.per_band)
        return LABELS + column * self.cell[0], TITLE + clip * (self.bands * self.band + MARGIN) + band * self.band


def write_preview_strip(path: Path, preview: Preview, epoch: int) -> None:
    """Write a PNG: for each clip the truth over the best of N samples, frame numbers above, PSNR below each predicted
    frame; clips of more than 16 frames go on in further bands. Borders as in the GIF."""
    layout = Layout.of(preview)
    page = Page(*layout.size)
    samples = preview.samples.shape[1]
    page.text(MARGIN, 10, _title(preview, epoch), 15)
    for clip in range(layout.clips):
        for band in range(layout.bands):
            top = layout.place(clip, band * layout.per_band)[1] + NUMBERS + layout.cell[1] // 2
            page.text(MARGIN, top, "truth", anchor="lm")
            page.text(MARGIN, top + layout.cell[1], f"best of {samples}" if samples > 1 else "sample", anchor="lm")
            page.text(MARGIN, top + layout.cell[1] * 3 // 2 + 7, "PSNR (dB)", 12, FAINT, anchor="lm")
        _frames(page, layout, preview, clip)
    path.parent.mkdir(parents=True, exist_ok=True)
    page.image.save(path)


def _frames(page: Page, layout: Layout, preview: Preview, clip: int) -> None:
    best, psnr = preview.best()
    truth, predicted, past = to_pixels(preview.truth[clip]), to_pixels(best[clip]), preview.past
    for t in range(layout.frames):
        left, top = layout.place(clip, t)
        middle = left + (layout.cell[0] - GAP // 2) // 2
        below = top + NUMBERS + layout.cell[1]
        page.text(middle, top + NUMBERS // 2, str(t), 12, FAINT, anchor="mm")
        page.frame(left, top + NUMBERS, truth[t], layout.scale, GIVEN)
        page.frame(
            left, below, truth[t] if t < past else predicted[t - 1], layout.scale, GIVEN if t < past else PREDICTED
        )
        if t >= past:
            page.text(middle, below + layout.cell[1] + 7, f"{psnr[clip, t - past]:.1f}", 12, anchor="mm")


def _title(preview: Preview, epoch: int) -> str:
    shown = preview.truth.shape[1]
    cut = f"first {shown} of {preview.length} frames" if shown < preview.length else f"{shown} frames"
    return f"epoch {epoch}     {cut}, {preview.past} given     green: given or true, red: predicted"
