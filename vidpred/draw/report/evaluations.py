"""A run's evaluations in its report: their tables, and the figures of each predicted frame."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vidpred.contracts.result_file import Stored, frame_by_frame, stored
from vidpred.draw.report.curves import Chart, chart, line, named, told
from vidpred.draw.scored import columns, lines, rows

_COLOURS = {"best": "validation", "mean": "train", "worst": "sample", "one": "validation", "copy_last": "baseline", "copy_first": "baseline"}


def found(run: Path) -> Iterator[dict[str, Any]]:
    """Each result, as the page shows it."""
    for folder, result in stored(run, []):
        figures = frame_by_frame(folder)
        frames = sorted({frame for one in figures.values() for frame in one["one"]})
        yield {"label": folder.name, "rows": list(rows(result).values()), "columns": [column._asdict() for column in columns(result)],
               "notes": list(lines(result)), "frames": frames,
               "charts": [_chart(name, result, figures[name], frames) for name in result["metrics"] if name in figures]}


def _chart(name: str, result: Stored, figures: Mapping[str, Mapping[int, float]], frames: list[int]) -> Chart:
    shown = rows(result)
    if "best" in shown:
        shown.pop("one")            # one of what lies between best and worst
    if result["terms"]["past"] == 1:
        shown.pop("copy_first")     # the same as copy last
    return chart(named(name), result["metrics"][name]["unit"], [
        line(told(label), _COLOURS[column], [figures[column].get(frame) for frame in frames]) for column, label in shown.items()])
