"""A run's evaluations in its report: their tables, and the figures of each predicted frame."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidpred.errors import VidpredError
from vidpred.evaluation.formatting import columns, lines, plotted, rows
from vidpred.evaluation.result_schema import Stored, frame_by_frame, stored
from vidpred.report.charts import Chart, chart, line, named

_COLOURS = {
    "best": "validation",
    "mean": "train",
    "worst": "sample",
    "one": "validation",
    "copy_last": "baseline",
    "copy_first": "first",
}


def found(run: Path) -> list[dict[str, Any]]:
    """Each result as the page shows it; of one that cannot be read, why."""
    return [
        {"label": folder.name, **(_unreadable(result) if isinstance(result, VidpredError) else _shown(folder, result))}
        for folder, result in stored(run)
    ]


def _unreadable(why: VidpredError) -> dict[str, Any]:
    return {"rows": [], "columns": [], "notes": [str(why)], "frames": [], "charts": []}


def _shown(folder: Path, result: Stored) -> dict[str, Any]:
    figures = frame_by_frame(folder)
    frames = sorted({frame for one in figures.values() for values in one.values() for frame in values})
    return {
        "rows": list(rows(result).values()),
        "notes": list(lines(result)),
        "frames": frames,
        "columns": [{**column._asdict(), "metric": named(column.metric)} for column in columns(result)],
        "charts": [_chart(name, result, figures[name], frames) for name in result["metrics"] if name in figures],
    }


def _chart(name: str, result: Stored, figures: Mapping[str, Mapping[int, float]], frames: list[int]) -> Chart:
    return chart(
        named(name),
        result["metrics"][name]["unit"],
        [
            line(label, _COLOURS[column], [figures[column].get(frame) for frame in frames])
            for column, label in plotted(result["terms"]["samples"], result["terms"]["past"]).items()
        ],
    )
