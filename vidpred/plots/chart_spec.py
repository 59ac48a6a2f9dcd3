"""The description of a chart, which matplotlib draws (vidpred.plots.axes), and the report in the browser (chart.js).

Every rule that both follow is stated here: names of series, their colours and dashes, when an axis is logarithmic, when
points are marked. Imports neither torch nor matplotlib.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LOG_FACTOR = 20  # positive values that span this factor are drawn on a logarithmic axis, if the chart allows one
MAX_MARKED = 30  # a series of at most this many points has a marker at each
RUN_COLOURS = ("#0969da", "#d1570b", "#1a7f64", "#8250df", "#cf222e", "#bf8700", "#1b9aaa", "#bf3989")

Value = float | None


@dataclass(frozen=True, kw_only=True)
class SeriesStyle:
    """How a series is drawn. `colour` is for a light background, `dark_colour` for a dark one; `dash` has the lengths
    of dashes and gaps in line widths, with round ends; `marker_size` is a diameter in points."""

    colour: str
    dark_colour: str
    width: float = 1.8
    dash: tuple[float, ...] = ()
    opacity: float = 1.0
    marked: bool = True
    marker_size: float = 4.5


def _run_styles() -> dict[str, SeriesStyle]:
    """The styles of compared runs: run_1 to run_8, and other_run for all further ones."""
    styles = {
        f"run_{rank}": SeriesStyle(colour=colour, dark_colour=colour, marker_size=3.5)
        for rank, colour in enumerate(RUN_COLOURS, 1)
    }
    styles["other_run"] = SeriesStyle(colour="#c5ccd3", dark_colour="#484f58", width=1.2, marker_size=2.5)
    return styles


STYLES: Mapping[str, SeriesStyle] = {
    "train": SeriesStyle(colour="#0969da", dark_colour="#5aa9ff"),
    "validation": SeriesStyle(colour="#d1570b", dark_colour="#f0883e"),
    "posterior": SeriesStyle(colour="#1a7f64", dark_colour="#3fb99a"),
    "sample": SeriesStyle(colour="#b5a08c", dark_colour="#8a7865", width=1.2, opacity=0.75, marker_size=3),
    "copy_last": SeriesStyle(colour="#8c959f", dark_colour="#7d858f", width=1.5, dash=(2.7, 2.7), marked=False),
    "copy_first": SeriesStyle(colour="#8c959f", dark_colour="#7d858f", width=2.0, dash=(0.05, 2.0), marked=False),
    "beta": SeriesStyle(colour="#8250df", dark_colour="#b18cff"),
    "ratio": SeriesStyle(colour="#1a7f64", dark_colour="#3fb99a"),
    "forced": SeriesStyle(colour="#8fd0bd", dark_colour="#2c6b5a"),
    "learning_rate": SeriesStyle(colour="#57606a", dark_colour="#a8b0b9"),
    **_run_styles(),
}


def run_role(index: int) -> str:
    """Return the role of the compared run at this index, best first."""
    return f"run_{index + 1}" if index < len(RUN_COLOURS) else "other_run"


@dataclass(frozen=True, kw_only=True)
class Series:
    """A line: a value, or None, for each x of its chart. `role` is a key of STYLES.

    `joined`: the line continues across missing values, as between validated epochs. `low` and `high` are the edges of a
    band around it.
    """

    label: str
    role: str
    values: Sequence[Value]
    joined: bool = False
    low: Sequence[Value] | None = None
    high: Sequence[Value] | None = None
    band_opacity: float = 0.13

    @property
    def style(self) -> SeriesStyle:
        return STYLES[self.role]

    @property
    def has_values(self) -> bool:
        return any(value is not None for value in self.values)


@dataclass(frozen=True)
class BestPoint:
    """The best value of a series, marked with a ring."""

    label: str  # of the series
    x: int
    value: float


@dataclass(frozen=True, kw_only=True)
class ChartSpec:
    """Series over epochs or frames, the first on top. `y_label` names the axis in the plots; `floor` and `ceiling` are
    values that the axis always includes; `resets` are the epochs in which the forcing ratio was reset."""

    title: str
    x: Sequence[int]
    series: Sequence[Series]
    unit: str = ""
    y_label: str = ""
    x_name: str = "epoch"
    allow_log: bool = False
    floor: float | None = None
    ceiling: float | None = None
    best: BestPoint | None = None
    resets: Sequence[int] = ()

    @property
    def series_with_values(self) -> list[Series]:
        return [series for series in self.series if series.has_values]

    @property
    def is_log(self) -> bool:
        """Whether the axis is logarithmic, while all series are shown."""
        values = [value for series in self.series for value in series.values if value is not None]
        return self.allow_log and spans_log_axis(values)


def spans_log_axis(values: Sequence[float]) -> bool:
    return bool(values) and min(values) > 0 and max(values) >= LOG_FACTOR * min(values)


def best_point(series: Series, x: Sequence[int], higher_is_better: bool | None) -> BestPoint | None:
    """Return the best value of a series, the first of equals; None without values, or if no direction is known."""
    known = [(value, at) for at, value in zip(x, series.values, strict=True) if value is not None]
    if higher_is_better is None or not known:
        return None
    sign = 1 if higher_is_better else -1
    value, at = max(known, key=lambda point: (sign * point[0], -point[1]))
    return BestPoint(series.label, at, value)
