"""Several runs in one plot: a line each, the best of them in colours, with the range of one standard deviation over seeds."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.axes import Axes

from vidpred.plots.axes import COPY_LAST, dress, figure, line, logarithmic, over_epochs, panels

COLOURS = ("#0969da", "#d1570b", "#1a7f64", "#8250df", "#cf222e", "#bf8700", "#1b9aaa", "#bf3989")
OTHERS = "#c5ccd3"
_WIDTH, _HEIGHT, _LEGEND = 7.4, 4.2, 3.0  # inches of a panel and of the legend
_LETTERS = 38  # in a line of it
_LONGEST = 5  # lines of a name


class Curve(NamedTuple):
    """A line: its values at each x, an epoch or a frame, and their standard deviation over seeds; None of a single run."""

    label: str
    x: Sequence[int]
    mean: Sequence[float]
    sd: Sequence[float | None]


class Panel(NamedTuple):
    """All lines of one figure, best first; `copied` is what copying the last given frame scores at each x."""

    title: str
    y: str
    x: str
    curves: Sequence[Curve]
    copied: Mapping[int, float]


def overlay(path: Path, drawn: Sequence[Panel]) -> None:
    """Draw these panels below each other. A row has the same place in all, and so the same colour; those after the eighth are grey."""
    along = sorted({x for panel in drawn for curve in panel.curves for x in curve.x})  # they share an axis
    with figure(path, _WIDTH + _LEGEND, _HEIGHT * len(drawn)) as canvas:
        every = panels(canvas, len(drawn))
        for axes, panel in zip(every, drawn, strict=True):
            _panel(axes, panel, along)
            left, bottom, width, height = axes.get_position().bounds
            axes.set_position((left, bottom, width - _LEGEND / (_WIDTH + _LEGEND), height))
        _legend(
            every, any(sd is not None for panel in drawn for curve in panel.curves[: len(COLOURS)] for sd in curve.sd)
        )


def _legend(every: Sequence[Axes], banded: bool) -> None:
    """One for all panels, at the right of the first: a name beside each other would not fit."""
    labels: dict[str, Any] = {}
    for axes in every:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            labels.setdefault(name, handle)
    legend = every[0].legend(
        labels.values(),
        labels.keys(),
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0,
        handlelength=1.4,
        labelspacing=0.7,
        title="± standard deviation over seeds" if banded else None,
        alignment="left",
        title_fontsize=9,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def _panel(axes: Axes, panel: Panel, along: Sequence[int]) -> None:
    for place, curve in enumerate(panel.curves):
        if place < len(COLOURS):
            line(
                axes,
                curve.x,
                list(curve.mean),
                _short(curve.label),
                COLOURS[place],
                zorder=3 - place / 100,
                markersize=3.5,
            )
            _band(axes, curve, COLOURS[place], alpha=max(0.04, 0.15 - 0.03 * len(panel.curves)))
        else:
            others = f"{len(panel.curves) - len(COLOURS)} others" if place == len(COLOURS) else "_"
            line(axes, curve.x, list(curve.mean), others, OTHERS, zorder=1, linewidth=1.2, markersize=2.5)
    every = sorted({x for curve in panel.curves for x in curve.x})
    copied = {x: value for x, value in panel.copied.items() if x in every}
    if copied:
        line(axes, list(copied), list(copied.values()), "copy last", COPY_LAST, linestyle="--", marker=None)
    dress(axes, panel.title, panel.y, panel.x)
    if not every:
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", va="center", color=COPY_LAST)
        axes.set_yticks([])
        return
    over_epochs(axes, along)
    if not copied:
        logarithmic(axes, *(list(curve.mean) for curve in panel.curves))


def _band(axes: Axes, curve: Curve, colour: str, alpha: float) -> None:
    there = [
        (x, mean - sd, mean + sd) for x, mean, sd in zip(curve.x, curve.mean, curve.sd, strict=True) if sd is not None
    ]
    if there:
        x, low, high = zip(*there, strict=True)
        axes.fill_between(x, low, high, color=colour, alpha=alpha, linewidth=0, zorder=0.8)


def _short(label: str) -> str:
    """In a few short lines. matplotlib hides what begins with an underscore."""
    lines = textwrap.wrap(label.lstrip("_"), _LETTERS, break_on_hyphens=False)
    return "\n".join([*lines[:_LONGEST], *(["…"] if len(lines) > _LONGEST else [])])
