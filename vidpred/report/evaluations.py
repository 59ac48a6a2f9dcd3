"""A run's evaluations in its report: their tables, and the metrics of each predicted frame."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

from vidpred.contracts.metric_info import MetricInfo, recorded_metric_info
from vidpred.errors import VidpredError
from vidpred.evaluation.formatting import result_columns, result_notes, row_labels
from vidpred.evaluation.result_schema import ResultRecord, read_per_frame, read_results
from vidpred.plots.chart_spec import ChartSpec
from vidpred.plots.run_charts import evaluation_frames_chart
from vidpred.report.charts import ChartJson, chart_json

_FrameValues = Mapping[str, Mapping[int, float]]  # by column and frame


class EvaluationSection(TypedDict):
    """A result as the page shows it; of a result that cannot be read, only the note that says why."""

    label: str
    rows: list[str]
    columns: list[dict[str, Any]]
    notes: list[str]
    charts: list[ChartJson]


def evaluation_sections(run: Path) -> list[EvaluationSection]:
    """Return the results of a run folder, sorted by name."""
    sections = []
    for folder, result in read_results(run):
        if isinstance(result, VidpredError):
            sections.append(_unreadable_section(folder.name, result))
        else:
            sections.append(_section(folder, result))
    return sections


def _unreadable_section(label: str, error: VidpredError) -> EvaluationSection:
    return {"label": label, "rows": [], "columns": [], "notes": [str(error)], "charts": []}


def _section(folder: Path, result: ResultRecord) -> EvaluationSection:
    infos = {name: recorded_metric_info(result["metrics"], name) for name in result["metrics"]}
    per_frame = read_per_frame(folder)
    charts = [_frame_chart(info, result, per_frame[name]) for name, info in infos.items() if name in per_frame]
    columns = [{**column._asdict(), "metric": infos[column.metric].title} for column in result_columns(result)]
    return {
        "label": folder.name,
        "rows": list(row_labels(result).values()),
        "columns": columns,
        "notes": list(result_notes(result)),
        "charts": [chart_json(chart) for chart in charts],
    }


def _frame_chart(info: MetricInfo, result: ResultRecord, values: _FrameValues) -> ChartSpec:
    frames = sorted({frame for column in values.values() for frame in column})
    columns = {name: [column.get(frame) for frame in frames] for name, column in values.items()}
    return evaluation_frames_chart(info, frames, columns, result["terms"]["samples"], result["terms"]["past"])
