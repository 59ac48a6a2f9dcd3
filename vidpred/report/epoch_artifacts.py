"""Everything that is drawn into a run folder after an epoch: preview, plots and report."""

from __future__ import annotations

from pathlib import Path

from vidpred.evaluation.preview_types import Pictures
from vidpred.plots.gifs import write_preview_gif
from vidpred.plots.strips import write_preview_strip
from vidpred.plots.training import draw_training_plots
from vidpred.report.page import write_report_page
from vidpred.report.preview_sheets import write_preview_sheet
from vidpred.runs.layout import RunFolder


def draw_epoch_artifacts(folder: Path, pictures: Pictures) -> Path:
    """Write an epoch's preview, then draw all plots and write the report again. Return the path of its GIF."""
    run = RunFolder(folder)
    preview = run.preview_paths(pictures.epoch)
    write_preview_gif(preview.gif, pictures.preview, pictures.epoch)
    write_preview_strip(preview.strip, pictures.preview, pictures.epoch)
    write_preview_sheet(run, pictures)
    metrics = run.read_provenance().get("metrics")
    draw_training_plots(run.plots, pictures.history, pictures.per_frame, metrics)
    write_report_page(folder)
    return preview.gif
