"""Draw charts with matplotlib."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from vidpred.plots.chart_spec import MAX_MARKED, STYLES, BestPoint, ChartSpec, Series, Value
from vidpred.plots.figures import AnyFigure, stacked_axes

_MUTED, _RESET = "#8c959f", "#cf222e"


def draw_charts(figure: AnyFigure, charts: Sequence[ChartSpec], *, legends: bool = True) -> list[Axes]:
    """Draw charts below each other, over the same epochs or frames."""
    rows = stacked_axes(figure, len(charts))
    for axes, chart in zip(rows, charts, strict=True):
        draw_chart(axes, chart)
        if legends and chart.series_with_values:
            _add_legend(axes, chart)
    _set_x_limits(rows, charts)
    return rows


def draw_chart(axes: Axes, chart: ChartSpec) -> None:
    """Draw a chart without its legend; an empty chart says that nothing was measured."""
    for index, series in enumerate(chart.series_with_values):
        _draw_series(axes, chart.x, series, zorder=3 - index / 100)
    for number, epoch in enumerate(chart.resets):
        label = "reset" if number == 0 else None
        axes.axvline(epoch, color=_RESET, linewidth=0.7, alpha=0.45, zorder=0.5, label=label)
    if chart.best is not None:
        _mark_best(axes, chart.best, chart.x_name)
    _label_axes(axes, chart)
    _set_y_limits(axes, chart)
    if not chart.series_with_values:
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", va="center", color=_MUTED)
        axes.set_yticks([])


def _draw_series(axes: Axes, x: Sequence[int], series: Series, zorder: float) -> None:
    """Draw a line with its band. Points without neighbours are marked, and all of them if they are few."""
    points = list(zip(x, series.values, strict=True))
    if series.joined:
        points = [(at, value) for at, value in points if value is not None]
    values = [value for _, value in points]
    isolated = _isolated(values)
    mark_all = series.style.marked and sum(value is not None for value in values) <= MAX_MARKED
    axes.plot(
        [at for at, _ in points],
        [math.nan if value is None else value for value in values],
        label=series.label,
        color=series.style.colour,
        linewidth=series.style.width,
        linestyle=(0, series.style.dash) if series.style.dash else "-",
        dash_capstyle="round",
        alpha=series.style.opacity,
        markersize=series.style.marker_size,
        marker="o" if mark_all or isolated else None,
        markevery=None if mark_all else isolated,
        zorder=zorder,
    )
    _draw_band(axes, x, series)


def _isolated(values: Sequence[Value]) -> list[int]:
    """Return the indices of values that have no neighbour, and so no line through them."""
    present = [False, *(value is not None for value in values), False]
    return [
        index for index in range(len(values)) if present[index + 1] and not present[index] and not present[index + 2]
    ]


def _draw_band(axes: Axes, x: Sequence[int], series: Series) -> None:
    if series.low is None or series.high is None:
        return
    edges = [
        (at, low, high)
        for at, low, high in zip(x, series.low, series.high, strict=True)
        if low is not None and high is not None
    ]
    if edges:
        at, low, high = zip(*edges, strict=True)
        axes.fill_between(at, low, high, color=series.style.colour, alpha=series.band_opacity, linewidth=0, zorder=0.8)


def _mark_best(axes: Axes, best: BestPoint, x_name: str) -> None:
    axes.plot(
        [best.x],
        [best.value],
        marker="o",
        markersize=9,
        markerfacecolor="none",
        markeredgecolor=STYLES["validation"].colour,
        markeredgewidth=1.8,
        linestyle="none",
        clip_on=False,
        label=f"best: {best.value:.4g}, {x_name} {best.x}",
    )


def _label_axes(axes: Axes, chart: ChartSpec) -> None:
    axes.set_title(chart.title)
    axes.set_ylabel(_axis_name(chart))
    axes.yaxis.set_major_formatter(FuncFormatter(_plain_number))
    if axes.get_subplotspec().is_last_row():  # type: ignore[union-attr]
        axes.set_xlabel(chart.x_name)


def _set_y_limits(axes: Axes, chart: ChartSpec) -> None:
    if chart.is_log:
        _use_log_axis(axes, chart)
        return
    if chart.floor is None and chart.ceiling is None:
        return
    low, high = axes.get_ylim()
    floor = low if chart.floor is None else chart.floor
    ceiling = high if chart.ceiling is None else chart.ceiling
    room = 0.05 * (ceiling - floor)
    axes.set_ylim(low if chart.floor is None else floor - room, high if chart.ceiling is None else ceiling + room)


def _use_log_axis(axes: Axes, chart: ChartSpec) -> None:
    """Use a logarithmic axis with plain numbers at its ticks."""
    values = [value for series in chart.series for value in series.values if value is not None]
    axes.set_yscale("log")
    subs = (1, 2, 5) if max(values) < 1000 * min(values) else (1,)
    axes.yaxis.set_major_locator(LogLocator(subs=subs))
    axes.yaxis.set_major_formatter(FuncFormatter(_plain_number))
    axes.yaxis.set_minor_locator(NullLocator())


def _set_x_limits(rows: Sequence[Axes], charts: Sequence[ChartSpec]) -> None:
    """All rows share their axis of integers: epochs or frames."""
    x = [at for chart in charts if chart.series_with_values for at in (chart.x[0], chart.x[-1])]
    if not x:
        return
    for axes in rows:
        axes.set_xlim(min(x) - 0.5, max(x) + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))


def _add_legend(axes: Axes, chart: ChartSpec) -> None:
    """Add a legend above the axes, to the right of the title, where it hides nothing. The only series of a chart needs
    none if the axis has its name."""
    labels = axes.get_legend_handles_labels()[1]
    if labels == [_axis_name(chart)]:
        return
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=len(labels),
        borderaxespad=0.2,
        handlelength=1.4,
        columnspacing=1.3,
        handletextpad=0.5,
    )


def _axis_name(chart: ChartSpec) -> str:
    return chart.y_label or chart.unit


def _plain_number(value: float, _: Any) -> str:
    return f"{value:g}"
