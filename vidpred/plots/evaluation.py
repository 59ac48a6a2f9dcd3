"""The curves of an evaluation, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vidpred.evaluation.formatting import plotted
from vidpred.plots.axes import (
    COPY_FIRST,
    COPY_LAST,
    TRAIN,
    VALIDATION,
    dress,
    figure,
    legend,
    line,
    over_epochs,
    panels,
)

Curves = Mapping[str, Sequence[float]]
_STYLES: dict[str, dict[str, Any]] = {
    "best": {"colour": VALIDATION, "zorder": 3},
    "mean": {"colour": TRAIN, "markersize": 3},
    "one": {"colour": VALIDATION},
    "copy_last": {"colour": COPY_LAST, "linestyle": "--"},
    "copy_first": {"colour": COPY_FIRST, "linestyle": ":"},
}


def curves(path: Path, title: str, y: str, first: int, shown: Curves, samples: int) -> None:
    """Draw the figures of each predicted frame, from frame `first` on: of several samples the best, the mean and the range
    between best and worst, and of copies of given frames."""
    frames = range(first, first + len(shown["one"]))
    with figure(path) as canvas:
        (axes,) = panels(canvas)
        if samples > 1:
            axes.fill_between(
                frames, shown["worst"], shown["best"], color=VALIDATION, alpha=0.13, linewidth=0, zorder=0.8
            )
        for column, label in plotted(samples, past=first).items():
            if column in _STYLES:  # the worst is the lower edge of the range
                line(axes, frames, shown[column], label, **_STYLES[column])
        dress(axes, title, y, "frame")
        over_epochs(axes, frames)
        legend(axes)
