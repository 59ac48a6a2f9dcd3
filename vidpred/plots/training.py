"""The curves of a run, drawn from its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vidpred.evaluation.preview_types import PerFrame
from vidpred.plots.axes import (
    BETA,
    COPY_LAST,
    FORCED,
    RATE,
    RATIO,
    TRAIN,
    VALIDATION,
    Canvas,
    best,
    column,
    dress,
    figure,
    legend,
    line,
    logarithmic,
    over_epochs,
    panels,
)

History = Sequence[Mapping[str, Any]]


def plots(folder: Path, history: History, per_frame: PerFrame | None) -> None:
    """Draw loss, PSNR, KL and schedules, each alone and all together, and the PSNR of each frame."""
    drawn = {"loss": _loss, "psnr": _psnr, "kl": _kl, "schedules": _schedules}
    for name, panel in drawn.items():
        with figure(folder / f"{name}.png", height=6 if name in ("loss", "schedules") else 4.5) as alone:
            panel(alone, history)
    with figure(folder / "overview.png", 16, 11, dpi=100) as together:
        for part, panel in zip(np.ravel(together.subfigures(2, 2, squeeze=False)), drawn.values(), strict=True):
            panel(part, history)
    if per_frame is not None:
        with figure(folder / "psnr_per_frame.png") as alone:
            _each_frame(alone, per_frame)


def schedule_plot(path: Path, annealer: str, beta: Sequence[float], forcing: str, ratio: Sequence[float]) -> None:
    """Beta and the forcing ratio by epoch, before any training."""
    epochs = range(len(beta))
    with figure(path, height=5) as whole:
        upper, lower = panels(whole, 2)
        _schedule(upper, epochs, f"KL weight: {annealer}", "beta", {"": (beta, BETA)})
        _schedule(lower, epochs, f"Teacher forcing: {forcing}", "ratio", {"": (ratio, RATIO)})
        lower.set_ylim(-0.05, 1.05)


def _loss(canvas: Canvas, history: History) -> None:
    epochs, resets = _epochs(history)
    upper, lower = panels(canvas, 2)
    loss, mse, validated = (
        column(history, "train", "loss"),
        column(history, "train", "mse"),
        column(history, "validate", "loss"),
    )
    line(upper, epochs, loss, "loss of a clip", TRAIN)
    line(upper, epochs, mse, "mse of a frame", TRAIN, linestyle="--", alpha=0.6)
    _validated(lower, epochs, validated, "validation")
    best(lower, epochs, validated, highest=False)
    for axes, name, y, shown in (
        (upper, "Training loss", "loss, mse", (loss, mse)),
        (lower, "Validation loss", "mse of a frame", (validated,)),
    ):
        dress(axes, name, y)
        logarithmic(axes, *shown)
        over_epochs(axes, epochs, resets)
        legend(axes)


def _psnr(canvas: Canvas, history: History) -> None:
    epochs, resets = _epochs(history)
    (axes,) = panels(canvas)
    validated = column(history, "validate", "psnr")
    line(axes, epochs, column(history, "train", "psnr"), "train", TRAIN)
    _validated(axes, epochs, validated, "validation")
    for copied in [value for value in column(history, "validate", "copy_last", "psnr") if value is not None][
        -1:
    ]:  # the same in all epochs
        axes.axhline(copied, color=COPY_LAST, linestyle="--", label="copy last")
    best(axes, epochs, validated, highest=True)
    dress(axes, "PSNR", "PSNR (dB)")
    over_epochs(axes, epochs, resets)
    legend(axes)


def _kl(canvas: Canvas, history: History) -> None:
    epochs, resets = _epochs(history)
    (axes,) = panels(canvas)
    kl = column(history, "train", "kl")
    line(axes, epochs, kl, "train", TRAIN)
    dress(axes, "KL divergence", "KL of a step (nats)")
    logarithmic(axes, kl)
    over_epochs(axes, epochs, resets)
    legend(axes)


def _schedules(canvas: Canvas, history: History) -> None:
    epochs, resets = _epochs(history)
    upper, middle, lower = panels(canvas, 3)
    _schedule(upper, epochs, "KL weight", "beta", {"": (column(history, "beta"), BETA)})
    _schedule(
        middle,
        epochs,
        "Teacher forcing",
        "share",
        {"forced": (column(history, "forced_share"), FORCED), "ratio": (column(history, "ratio"), RATIO)},
        resets,
    )
    middle.set_ylim(-0.05, 1.05)
    _schedule(lower, epochs, "Learning rate", "lr", {"": (column(history, "lr"), RATE)})


def _schedule(
    axes: Any,
    epochs: Sequence[int],
    title: str,
    y: str,
    lines: Mapping[str, tuple[Sequence[float | None], str]],
    resets: Sequence[int] = (),
) -> None:
    for label, (values, colour) in lines.items():
        line(axes, epochs, values, label or y, colour)
    dress(axes, title, y)
    over_epochs(axes, epochs, resets)
    top = axes.get_ylim()[1]
    axes.set_ylim(-0.05 * top, top)
    if len(lines) > 1:
        legend(axes)


def _each_frame(canvas: Canvas, per_frame: PerFrame) -> None:
    (axes,) = panels(canvas)
    ours, copied = (side.get("psnr", ()) for side in (per_frame.predicted, per_frame.copy_last))
    frames = range(per_frame.first, per_frame.first + len(ours))
    if ours:
        line(axes, frames, ours, "validation", VALIDATION)
        line(axes, frames, copied, "copy last", COPY_LAST, linestyle="--")
        over_epochs(axes, frames)
    dress(axes, f"PSNR of each predicted frame, epoch {per_frame.epoch}", "PSNR (dB)", "frame")
    legend(axes)


def _validated(axes: Any, epochs: Sequence[int], values: Sequence[float | None], label: str) -> None:
    """A line through the epochs that were validated: those between them are no gap."""
    known = [(epoch, value) for epoch, value in zip(epochs, values, strict=True) if value is not None]
    line(axes, [epoch for epoch, _ in known], [value for _, value in known], label, VALIDATION)


def _epochs(history: History) -> tuple[list[int], list[int]]:
    """All epochs, and those in which the forcing ratio was reset."""
    counts = [0, *(record.get("resets") or 0 for record in history)]
    epochs = [record["epoch"] for record in history]
    return epochs, [epoch for epoch, before, now in zip(epochs, counts, counts[1:], strict=False) if now > before]
