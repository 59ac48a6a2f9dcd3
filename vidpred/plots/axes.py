"""How a plot looks: one style and one colour for one thing, whatever matplotlib is set to elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

TRAIN, VALIDATION, COPY_LAST, COPY_FIRST = "#0969da", "#d1570b", "#8c959f", "#b6a284"
BETA, RATIO, FORCED, RATE, RESET, INK = "#8250df", "#1a7f64", "#8fd0bd", "#57606a", "#cf222e", "#1f2328"
FEW = 30  # so few points are marked one by one
WIDE = 20  # values that span this factor go on a logarithmic axis

Canvas = Figure | SubFigure
Value = float | None

_STYLE: dict[Any, Any] = {
    "font.size": 10.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#afb8c1",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#e6e9ed",
    "grid.linewidth": 0.8,
    "xtick.color": "#57606a",
    "ytick.color": "#57606a",
    "lines.linewidth": 1.8,
    "lines.markersize": 4.5,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "axes.formatter.useoffset": False,
    "figure.facecolor": "white",
}


@contextmanager
def figure(path: Path, width: float = 8, height: float = 4.5, dpi: int = 120) -> Iterator[Figure]:
    """A figure that is saved at the end. Settings that a user has made for matplotlib do not reach it."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        made = Figure((width, height), dpi=dpi)
        FigureCanvasAgg(made)
        yield made
        path.parent.mkdir(parents=True, exist_ok=True)
        made.savefig(path)


def panels(canvas: Canvas, rows: int = 1) -> list[Axes]:
    """Axes below each other, with margins in inches: matplotlib's own layout draws everything twice."""
    width, height = canvas.bbox.width / canvas.figure.dpi, canvas.bbox.height / canvas.figure.dpi
    top, bottom, between = 0.45, 0.6, 0.5
    each = (height - top - bottom - between * (rows - 1)) / rows
    made = canvas.subplots(
        rows,
        sharex=True,
        squeeze=False,
        gridspec_kw={
            "left": 0.95 / width,
            "right": 1 - 0.25 / width,
            "top": 1 - top / height,
            "bottom": bottom / height,
            "hspace": between / each,
        },
    )
    return list(made[:, 0])


def dress(axes: Axes, title: str, y: str, x: str = "epoch") -> None:
    axes.set_title(title)
    axes.set_ylabel(y)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    if axes.get_subplotspec().is_last_row():  # type: ignore[union-attr]
        axes.set_xlabel(x)


def over_epochs(axes: Axes, epochs: Sequence[int], resets: Sequence[int] = ()) -> None:
    """An axis of whole epochs; thin lines where the forcing ratio was reset."""
    axes.set_xlim(epochs[0] - 0.5, epochs[-1] + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
    for number, epoch in enumerate(resets):
        axes.axvline(epoch, color=RESET, linewidth=0.7, alpha=0.45, zorder=0.5, label="reset" if number == 0 else None)


def line(axes: Axes, x: Sequence[int], values: Sequence[Value], label: str, colour: str, **style: Any) -> None:
    """A line with gaps where there is no value; points that have no neighbour are marked, and all where they are few."""
    if all(value is None for value in values):
        return
    there = [value is not None for value in values]
    lonely = [i for i, here in enumerate(there) if here and not any(there[max(i - 1, 0) : i] + there[i + 1 : i + 2])]
    few = sum(there) <= FEW
    axes.plot(
        x,
        [math.nan if value is None else value for value in values],
        label=label,
        color=colour,
        **{"marker": "o" if few or lonely else None, "markevery": None if few else lonely, **style},
    )


def best(axes: Axes, x: Sequence[int], values: Sequence[Value], *, highest: bool) -> None:
    """Mark the best epoch."""
    known = [
        (value, -epoch) if highest else (-value, -epoch)
        for epoch, value in zip(x, values, strict=True)
        if value is not None
    ]
    if not known:
        return
    value, epoch = max(known)
    value, epoch = (value if highest else -value), -epoch
    axes.plot(
        [epoch],
        [value],
        marker="o",
        markersize=9,
        markerfacecolor="none",
        markeredgecolor=VALIDATION,
        markeredgewidth=1.8,
        linestyle="none",
        label=f"best: {value:.4g}, epoch {epoch}",
    )


def legend(axes: Axes) -> None:
    """A legend above the axes, to the right of the title, where it hides nothing. An empty plot says so."""
    labels = axes.get_legend_handles_labels()[1]
    if not labels:
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", va="center", color=COPY_LAST)
        axes.set_yticks([])
    else:
        axes.legend(
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            ncols=len(labels),
            borderaxespad=0.2,
            handlelength=1.4,
            columnspacing=1.3,
            handletextpad=0.5,
        )


def logarithmic(axes: Axes, *columns: Sequence[Value]) -> None:
    """A logarithmic axis where values span more than a factor of 20; plain numbers on it."""
    values = [value for column in columns for value in column if value is not None]
    if not values or min(values) <= 0 or max(values) < WIDE * min(values):
        return
    axes.set_yscale("log")
    subs = (1, 2, 5) if max(values) < 1000 * min(values) else (1,)
    axes.yaxis.set_major_locator(LogLocator(subs=subs))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())


def column(history: Sequence[Mapping[str, Any]], *keys: str) -> list[Value]:
    """One figure of every record; None where it is missing or null."""

    def at(record: Any) -> Value:
        for key in keys:
            record = (record or {}).get(key)
        return record if isinstance(record, int | float) else None

    return [at(record) for record in history]
