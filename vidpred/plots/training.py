"""Draw the curves of a run from its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from vidpred.contracts.metric_info import MAIN_METRIC, MetricInfo, recorded_metric_info
from vidpred.evaluation.preview_types import PerFrame
from vidpred.plots.axes import draw_charts
from vidpred.plots.chart_spec import ChartSpec
from vidpred.plots.figures import saved_figure
from vidpred.plots.run_charts import (
    History,
    kl_chart,
    loss_chart,
    metric_chart,
    planned_schedule_charts,
    schedule_charts,
    squared_error_chart,
    validation_frames_chart,
)


def draw_training_plots(folder: Path, history: History, per_frame: PerFrame | None, metrics: object = None) -> None:
    """Draw loss, PSNR, KL and schedules, each alone and all together, and the PSNR of each predicted frame.

    `metrics` is the field of environment.json that describes the run's metrics; see `recorded_metric_info`.
    """
    psnr = recorded_metric_info(metrics, MAIN_METRIC)
    plots = {
        "loss": [loss_chart(history), squared_error_chart(history)],
        "psnr": [metric_chart(history, MAIN_METRIC, psnr)],
        "kl": [kl_chart(history, recorded_metric_info(metrics, "kl"))],
        "schedules": schedule_charts(history),
    }
    for name, charts in plots.items():
        with saved_figure(folder / f"{name}.png", height=6 if len(charts) > 1 else 4.5) as figure:
            draw_charts(figure, charts)
    with saved_figure(folder / "overview.png", 16, 11, dpi=100) as figure:
        quarters = np.ravel(figure.subfigures(2, 2, squeeze=False))
        for quarter, charts in zip(quarters, plots.values(), strict=True):
            draw_charts(quarter, charts)
    if per_frame is not None:
        with saved_figure(folder / "psnr_per_frame.png") as figure:
            draw_charts(figure, [_per_frame_chart(psnr, per_frame)])


def draw_schedule_charts(
    path: Path, annealer: str, beta: Sequence[float], forcing: str, ratio: Sequence[float]
) -> None:
    """Draw beta and the forcing ratio by epoch, before any training."""
    with saved_figure(path, height=5) as figure:
        draw_charts(figure, planned_schedule_charts(annealer, beta, forcing, ratio), legends=False)


def _per_frame_chart(info: MetricInfo, per_frame: PerFrame) -> ChartSpec:
    predicted, copied = per_frame.predicted.get(MAIN_METRIC, ()), per_frame.copy_last.get(MAIN_METRIC, ())
    chart = validation_frames_chart(info, per_frame.first, predicted, copied if predicted else ())
    return replace(chart, title=f"{info.title} of each predicted frame, epoch {per_frame.epoch}")
