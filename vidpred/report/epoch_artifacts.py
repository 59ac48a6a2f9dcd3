"""All pictures of a run folder."""

from __future__ import annotations

from pathlib import Path

from vidpred.evaluation.preview_types import Pictures
from vidpred.plots.gifs import gif
from vidpred.plots.strips import strip
from vidpred.plots.training import plots
from vidpred.report import page, preview_sheets as store


def draw(folder: Path, pictures: Pictures) -> Path:
    """Draw the preview of an epoch, keep its frames, and draw every plot and the report anew. Gives the preview's GIF."""
    path = folder / "previews" / f"epoch_{pictures.epoch:04d}.gif"
    gif(path, pictures.preview, pictures.epoch)
    strip(path.with_suffix(".png"), pictures.preview, pictures.epoch)
    store.keep(path.parent, pictures)
    plots(folder / "plots", pictures.history, pictures.per_frame)
    page.write(folder)
    return path
