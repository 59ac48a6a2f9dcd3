"""Draw the curves of an evaluation, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from vidpred.contracts.metric_info import MetricInfo
from vidpred.plots.axes import draw_charts, saved_figure
from vidpred.plots.run_charts import evaluation_frames_chart


def draw_frame_curves(
    path: Path, info: MetricInfo, columns: Mapping[str, Sequence[float]], *, samples: int, past: int
) -> None:
    """Draw a metric of each predicted frame, of which the first has index `past`; see `evaluation_frames_chart`."""
    frames = range(past, past + len(columns["one"]))
    chart = evaluation_frames_chart(info, frames, columns, samples, past)
    with saved_figure(path) as figure:
        draw_charts(figure, [replace(chart, title=f"{info.title} of each frame")])
