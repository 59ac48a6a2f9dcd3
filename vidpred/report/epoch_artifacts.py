"""All pictures of a run folder."""

from __future__ import annotations

from pathlib import Path

from vidpred.evaluation.preview_types import Pictures
from vidpred.plots.gifs import gif
from vidpred.plots.strips import strip
from vidpred.plots.training import plots
from vidpred.report import page, preview_sheets as store
from vidpred.runs.layout import RunFolder


def draw(folder: Path, pictures: Pictures) -> Path:
    """Draw the preview of an epoch, keep its frames, and draw every plot and the report anew. Gives the preview's GIF."""
    run = RunFolder(folder)
    preview = run.preview_paths(pictures.epoch)
    gif(preview.gif, pictures.preview, pictures.epoch)
    strip(preview.strip, pictures.preview, pictures.epoch)
    store.keep(run, pictures)
    plots(run.plots, pictures.history, pictures.per_frame)
    page.write(folder)
    return preview.gif
