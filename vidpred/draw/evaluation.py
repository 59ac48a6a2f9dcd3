"""The curves of an evaluation, frame by frame."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from vidpred.draw.axes import COPY_FIRST, COPY_LAST, TRAIN, VALIDATION, dress, figure, legend, line, over_epochs, panels

Curves = Mapping[str, Sequence[float]]


def curves(path: Path, title: str, y: str, first: int, shown: Curves, samples: int) -> None:
    """Draw the figures of each predicted frame, from frame `first` on: of several samples the best, the mean and the range
    between best and worst, and of copies of given frames."""
    frames = range(first, first + len(shown["one"]))
    with figure(path) as canvas:
        (axes,) = panels(canvas)
        if samples > 1:
            axes.fill_between(frames, shown["worst"], shown["best"], color=VALIDATION, alpha=0.13, linewidth=0, zorder=0.8)
            line(axes, frames, shown["best"], f"best of {samples}", VALIDATION, zorder=3)
            line(axes, frames, shown["mean"], "mean", TRAIN, markersize=3)
        else:
            line(axes, frames, shown["one"], "prediction", VALIDATION)
        line(axes, frames, shown["copy_last"], "copy last", COPY_LAST, linestyle="--")
        if first > 1:
            line(axes, frames, shown["copy_first"], "copy first", COPY_FIRST, linestyle=":")
        dress(axes, title, y, "frame")
        over_epochs(axes, frames)
        legend(axes)
