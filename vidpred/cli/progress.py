"""A run as it goes: a live line in a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress as Bar, TextColumn, TimeRemainingColumn
from rich.table import Column

from vidpred.cli import console as output, summary
from vidpred.cli.signals import stopping
from vidpred.report.summary import duration
from vidpred.runs.manifest import Position
from vidpred.training.events import EpochReport, Event, Interrupted, Warned
from vidpred.training.restore import Restored
from vidpred.training.run import Run
from vidpred.training.trainer import TrainStep

_FIRST_STEPS = 5  # after so many, the time that is left can be told
_WIDE = 110  # columns
_QUIET = 30.0  # without a terminal: seconds between lines within an epoch


def follow(run: Run, go_on: str | None = None) -> None:
    """Do the run, and show it; `go_on` says how to go on with it, if not by --resume. Raises SystemExit with 130 or 143 where a signal
    ended it."""
    summary.before(run)
    began = monotonic()
    with _bar() as bar, stopping(run.stop) as received:
        try:
            _show_all(run, bar)
        except Interrupted as end:
            bar.stop()
            output.warning(_stopped(run, end, go_on or f"vidpred run --resume {run.folder}"))
            raise SystemExit(received.exit_code) from None
    summary.after(run, monotonic() - began)


def _show_all(run: Run, bar: Bar) -> None:
    total = run.epochs * run.steps_per_epoch
    task = bar.add_task("", total=total, status="reading the first batch")
    began = spoken = monotonic()
    first = 0
    for event in run.events():
        if isinstance(event, Restored):
            first = event.at.epoch * run.steps_per_epoch + event.at.step
            bar.update(task, completed=first)
        if isinstance(event, TrainStep):
            bar.update(task, advance=1, status=_status(event))
            done = event.at.step + 1 - first
            if (done == _FIRST_STEPS or monotonic() - spoken > _QUIET) and not output.console.is_terminal:
                left = (monotonic() - began) / done * (total - event.at.step - 1)
                output.text(f"  step {event.at.step + 1}/{total}  {_status(event)}  about {duration(left)} left")
                spoken = monotonic()
        else:
            spoken = monotonic()
            _show(event, run.epochs)


def _stopped(run: Run, end: Interrupted, go_on: str) -> str:
    if not run.folder.exists():
        return (
            "stopped; nothing could be saved, so nothing is left"
            if end.lost
            else "stopped; no step was done, so nothing is left"
        )
    if end.lost:
        return f"stopped; this epoch could not be saved: {end.lost}. Make room, then go on from before it: {go_on}"
    where = f"after step {end.at.step} of epoch {end.at.epoch + 1}" if end.at.step else f"after epoch {end.at.epoch}"
    return f"stopped {where}, and saved. Go on: {go_on}"


def _bar() -> Bar:
    """Time left and figures; the bar itself only where there is room for it."""
    bar = [BarColumn(bar_width=20)] if output.console.width >= _WIDE else []
    return Bar(
        *bar,
        TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True, min_width=5)),
        MofNCompleteColumn(table_column=Column(no_wrap=True, min_width=7)),
        TextColumn("{task.fields[status]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
        console=output.console,
        transient=True,
        disable=not output.console.is_terminal,
    )


def _status(step: TrainStep) -> str:
    shown = {name: f"{value:.4f}" for name, value in step.figures.items() if name in ("loss", "mse")}
    if "kl" in step.figures:
        shown["kl"] = f"{step.figures['kl']:.2f}"
    if not shown:
        shown = {"skipped": "not finite"}
    shown |= {"beta": f"{step.beta:.2g}", "forcing": f"{step.ratio:.2f}", "clips/s": f"{step.clips_per_second:.1f}"}
    return " ".join(
        [f"epoch {step.at.epoch + 1}/{step.at.epochs}", *(f"{name} {value}" for name, value in shown.items())]
    )


def _show(event: Event, epochs: int) -> None:
    if isinstance(event, Restored):
        for note in event.notes:
            output.warning(note)
        step = f" after its step {event.at.step}" if event.at.step else ""
        output.text(
            f"  goes on in epoch {event.at.epoch + 1}/{epochs}{step}"
            if event.at != Position(0)
            else "  no epoch was saved: begins anew"
        )
    elif isinstance(event, Warned):
        output.warning(event.message)
    elif isinstance(event, EpochReport):
        output.flowing(_line(event.record, epochs), indent=2)
        if event.preview:
            output.flowing(f"  preview: {event.preview}", indent=4)


def _line(record: Mapping[str, Any], epochs: int) -> str:
    """One epoch in one line; in parentheses, copying the last given frame."""
    train, validated = record["train"], record["validate"]
    parts = [f"epoch {record['epoch'] + 1:>{len(str(epochs))}}/{epochs}"]
    parts += [f"{name} {train[name]:.3g}" for name in ("loss", "kl") if train.get(name) is not None]
    if validated:
        copied = validated["copy_last"]
        parts += [
            f"{name} {value:.4g}" + (f" (copy {copied[name]:.4g})" if copied.get(name) is not None else "")
            for name, value in validated.items()
            if isinstance(value, float) and name != "loss"
        ]
    parts += [f"beta {record['beta']:.2g}", f"forcing {record['ratio']:.2f}"]
    if record["skipped"]:
        parts.append(f"{record['skipped']} steps skipped: not finite")
    if record["unread"]:
        parts.append(f"left out: {len(record['unread'])} that could not be read")
    return "  ".join([*parts, duration(record["seconds"])])
