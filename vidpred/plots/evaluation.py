"""Draw an evaluation: a metric by frame, and a GIF of each of the first clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from vidpred.contracts.metric_info import MAIN_METRIC, MetricInfo
from vidpred.evaluation.evaluator import Evaluator
from vidpred.evaluation.result import Result
from vidpred.plots.axes import draw_charts
from vidpred.plots.figures import saved_figure
from vidpred.plots.gifs import write_clip_gif
from vidpred.plots.run_charts import evaluation_frames_chart


def draw_result(folder: Path, evaluator: Evaluator, result: Result) -> None:
    """Draw the pictures of this result into its folder. The first clips are predicted again."""
    protocol = evaluator.settings.protocol
    rows = [row for row in result.per_frame() if row["metric"] == MAIN_METRIC]
    columns = {column: [row[column] for row in rows] for column in result.intervals[MAIN_METRIC]}
    path = folder / "psnr_per_frame.png"
    draw_frame_curves(path, result.metrics[MAIN_METRIC], columns, samples=protocol.samples, past=result.past)
    for clip, (batch, samples) in enumerate(evaluator.predict_clips(result)):
        title = f"{evaluator.settings.split_name} {clip}"
        truth, conditions = batch.frames[0].float() / 255, batch.conditions[0]
        _draw_clip(folder / "clips" / f"{clip}.gif", truth, conditions, samples, result.past, title)


def draw_frame_curves(
    path: Path, info: MetricInfo, columns: Mapping[str, Sequence[float]], *, samples: int, past: int
) -> None:
    """Draw a metric of each predicted frame, of which the first has index `past`; see `evaluation_frames_chart`."""
    frames = range(past, past + len(columns["one"]))
    chart = evaluation_frames_chart(info, frames, columns, samples, past)
    with saved_figure(path, width=9.6) as figure:  # its legend has up to five entries beside the title
        draw_charts(figure, [replace(chart, title=f"{info.title} of each frame")])


def _draw_clip(
    path: Path, truth: Tensor, conditions: Tensor, samples: dict[str, Tensor], past: int, title: str
) -> None:
    """Draw the true frames, the conditions if they are pictures, and the samples side by side."""
    columns = {"truth": truth}
    if conditions.shape[1:] == truth.shape[1:]:
        columns["condition"] = conditions
    for name, frames in samples.items():
        columns[name] = torch.cat([truth[:past], frames[past - 1 :]])
    write_clip_gif(path, columns, past, title)
