"""Draw several runs in one chart, with a legend beside it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from vidpred.plots.axes import draw_charts
from vidpred.plots.chart_spec import ChartSpec
from vidpred.plots.figures import saved_figure

_WIDTH, _HEIGHT, _LEGEND_WIDTH = 7.4, 4.2, 3.0  # inches of a chart and of the legend
_LINE_LENGTH, _MAX_LINES = 38, 5  # characters and lines of a name in the legend


def draw_overlays(path: Path, charts: Sequence[ChartSpec]) -> None:
    """Draw charts below each other, a series for each run, with one legend. Runs after the eighth are grey and share an
    entry of the legend; bands are standard deviations over seeds."""
    with saved_figure(path, _WIDTH + _LEGEND_WIDTH, _HEIGHT * len(charts)) as figure:
        rows = draw_charts(figure, charts, legends=False)
        for axes in rows:
            left, bottom, width, height = axes.get_position().bounds
            axes.set_position((left, bottom, width - _LEGEND_WIDTH / (_WIDTH + _LEGEND_WIDTH), height))
        _add_shared_legend(rows, charts)


def _add_shared_legend(rows: Sequence[Axes], charts: Sequence[ChartSpec]) -> None:
    """Add one legend for all charts, at the right of the first, because the names do not fit side by side."""
    handles = _legend_handles(rows, charts)
    has_bands = any(series.low is not None for chart in charts for series in chart.series)
    legend = rows[0].legend(
        list(handles.values()),
        list(handles),
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0,
        handlelength=1.4,
        labelspacing=0.7,
        title="± standard deviation over seeds" if has_bands else None,
        alignment="left",
        title_fontsize=9,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)  # names may contain dollar signs


def _legend_handles(rows: Sequence[Axes], charts: Sequence[ChartSpec]) -> dict[str, Any]:
    """Return the line of each label; all grey runs together are "3 others"."""
    handles: dict[str, Any] = {}
    for axes, chart in zip(rows, charts, strict=True):
        others = sum(series.role == "other_run" for series in chart.series)
        for series, line in zip(chart.series_with_values, axes.get_lines(), strict=False):
            label = f"{others} others" if series.role == "other_run" else _wrap_label(series.label)
            handles.setdefault(label, line)
    return handles


def _wrap_label(label: str) -> str:
    """Wrap a label into a few short lines. matplotlib ignores labels that begin with an underscore."""
    lines = textwrap.wrap(label.lstrip("_"), _LINE_LENGTH, break_on_hyphens=False)
    return "\n".join([*lines[:_MAX_LINES], *(["…"] if len(lines) > _MAX_LINES else [])])
