"""Show a run while it trains: a live line in a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress as ProgressBar, TextColumn, TimeRemainingColumn
from rich.table import Column

from vidpred.cli import console
from vidpred.cli.signals import stop_on_signal
from vidpred.cli.summary import print_header, print_results
from vidpred.report.summary import format_duration
from vidpred.runs.position import Position
from vidpred.training.events import EpochEnd, Event, Interrupted, RunWarning
from vidpred.training.restore import Restored
from vidpred.training.run import Run
from vidpred.training.trainer import TrainStep

_FIRST_STEPS = 5  # after this many, the remaining time can be estimated
_WIDE = 110  # columns of a terminal with room for a bar
_QUIET_SECONDS = 30.0  # without a terminal: between two lines within an epoch


def follow_run(run: Run, how_to_resume: str | None = None) -> None:
    """Train the run to its end and show it. Raises SystemExit with 130 or 143 if a signal stopped it.

    `how_to_resume` is shown then; default: the command with --resume.
    """
    print_header(run)
    began = monotonic()
    with _progress_bar() as bar, stop_on_signal(run.stop) as received:
        try:
            _show_events(run, bar)
        except Interrupted as interrupted:
            bar.stop()
            how_to_resume = how_to_resume or f"vidpred run --resume {run.folder}"
            console.print_warning(_stop_message(run, interrupted, how_to_resume))
            raise SystemExit(received.exit_code) from None
    print_results(run, monotonic() - began)


def _show_events(run: Run, bar: ProgressBar) -> None:
    total = run.settings.epochs * run.settings.steps_per_epoch
    task = bar.add_task("", total=total, status="reading the first batch")
    began = last_line = monotonic()
    first_step = 0
    for event in run.events():
        if isinstance(event, Restored):
            first_step = event.position.epoch * run.settings.steps_per_epoch + event.position.step
            bar.update(task, completed=first_step)
        if not isinstance(event, TrainStep):
            last_line = monotonic()
            _show_event(event, run.settings.epochs)
            continue
        bar.update(task, advance=1, status=_step_status(event))
        done = event.at.step + 1 - first_step
        if console.stdout.is_terminal:
            continue
        if done == _FIRST_STEPS or monotonic() - last_line > _QUIET_SECONDS:
            seconds_left = (monotonic() - began) / done * (total - event.at.step - 1)
            console.print_text(
                f"  step {event.at.step + 1}/{total}  {_step_status(event)}  about {format_duration(seconds_left)} left"
            )
            last_line = monotonic()


def _stop_message(run: Run, interrupted: Interrupted, how_to_resume: str) -> str:
    position, lost = interrupted.position, interrupted.save_error
    if not run.folder.exists():
        return f"stopped; {'nothing could be saved' if lost else 'no step was done'}, so nothing is left"
    if lost:
        return f"stopped; this epoch could not be saved: {lost}. Make room, then resume from before it: {how_to_resume}"
    where = (
        f"after step {position.step} of epoch {position.epoch + 1}"
        if position.step
        else f"after epoch {position.epoch}"
    )
    return f"stopped {where}, and saved. Resume: {how_to_resume}"


def _progress_bar() -> ProgressBar:
    """Return the live line: time left, steps and metrics; with the bar itself only in a wide terminal."""
    bar = [BarColumn(bar_width=20)] if console.stdout.width >= _WIDE else []
    return ProgressBar(
        *bar,
        TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True, min_width=5)),
        MofNCompleteColumn(table_column=Column(no_wrap=True, min_width=7)),
        TextColumn("{task.fields[status]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
        console=console.stdout,
        transient=True,
        disable=not console.stdout.is_terminal,
    )


def _step_status(step: TrainStep) -> str:
    values = {name: f"{value:.4f}" for name, value in step.metrics.items() if name in ("loss", "mse")}
    if "kl" in step.metrics:
        values["kl"] = f"{step.metrics['kl']:.2f}"
    if not values:
        values = {"skipped": "not finite"}
    values |= {"beta": f"{step.beta:.2g}", "forcing": f"{step.ratio:.2f}", "clips/s": f"{step.clips_per_second:.1f}"}
    words = [f"{name} {value}" for name, value in values.items()]
    return " ".join([f"epoch {step.at.epoch + 1}/{step.at.epochs}", *words])


def _show_event(event: Event, epochs: int) -> None:
    if isinstance(event, Restored):
        _show_restored(event, epochs)
    elif isinstance(event, RunWarning):
        console.print_warning(event.message)
    elif isinstance(event, EpochEnd):
        console.print_wrapped(_epoch_line(event.record, epochs), indent=2)
        if event.preview:
            console.print_wrapped(f"  preview: {event.preview}", indent=4)


def _show_restored(event: Restored, epochs: int) -> None:
    for note in event.notes:
        console.print_warning(note)
    if event.position == Position(0):
        console.print_text("  no checkpoint, restarting from epoch 1")
        return
    after = f" after its step {event.position.step}" if event.position.step else ""
    console.print_text(f"  resumes in epoch {event.position.epoch + 1}/{epochs}{after}")


def _epoch_line(record: Mapping[str, Any], epochs: int) -> str:
    """Describe one epoch in a line; the metrics of copying the last given frame are in parentheses."""
    train, validation = record["train"], record["validate"]
    parts = [f"epoch {record['epoch'] + 1:>{len(str(epochs))}}/{epochs}"]
    parts += [f"{name} {train[name]:.3g}" for name in ("loss", "kl") if train.get(name) is not None]
    for name, value in (validation or {}).items():
        if isinstance(value, float) and name != "loss":
            copied = validation["copy_last"].get(name)
            parts.append(f"{name} {value:.4g}" + (f" (copy {copied:.4g})" if copied is not None else ""))
    parts += [f"beta {record['beta']:.2g}", f"forcing {record['ratio']:.2f}"]
    if record["skipped"]:
        parts.append(f"{record['skipped']} steps skipped: not finite")
    if record["unread"]:
        parts.append(f"left out: {len(record['unread'])} that could not be read")
    return "  ".join([*parts, format_duration(record["seconds"])])
