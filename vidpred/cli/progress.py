"""A run as it goes: a live line in a terminal, plain lines elsewhere."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress as Bar, TextColumn, TimeRemainingColumn
from rich.table import Column

from vidpred.cli import output, summary
from vidpred.engine.run import EpochReport, Event, Run, Warned
from vidpred.engine.trainer import StepReport

_FIRST_STEPS = 5    # after so many, the time that is left can be told
_WIDE = 110         # columns
_QUIET = 30.0       # without a terminal: seconds between lines within an epoch


def follow(run: Run) -> None:
    """Do the run, and show it."""
    summary.before(run)
    total = run.pieces.epochs * run.pieces.steps_per_epoch
    began = spoken = monotonic()
    with _bar() as bar, _told_when_interrupted(run):
        task = bar.add_task("", total=total, status="reading the first batch")
        for event in run.events():
            if isinstance(event, StepReport):
                bar.update(task, advance=1, status=_status(event))
                due = event.at.step + 1 == _FIRST_STEPS or monotonic() - spoken > _QUIET
                if due and not output.console.is_terminal:
                    left = (monotonic() - began) / (event.at.step + 1) * (total - event.at.step - 1)
                    output.text(f"  step {event.at.step + 1}/{total}  {_status(event)}  about {summary.duration(left)} left")
                    spoken = monotonic()
            else:
                spoken = monotonic()
                _show(event, run.pieces.epochs)
    summary.after(run, monotonic() - began)


@contextmanager
def _told_when_interrupted(run: Run) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        kept = f"what {len(run.history)} finished epochs left is in {run.folder}" if run.history else "no epoch was finished, so nothing is left"
        output.warning(f"interrupted; {kept}")
        raise


def _bar() -> Bar:
    """Time left and figures; the bar itself only where there is room for it."""
    bar = [BarColumn(bar_width=20)] if output.console.width >= _WIDE else []
    return Bar(*bar, TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True, min_width=5)),
               MofNCompleteColumn(table_column=Column(no_wrap=True, min_width=7)),
               TextColumn("{task.fields[status]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
               console=output.console, transient=True, disable=not output.console.is_terminal)


def _status(step: StepReport) -> str:
    shown = {name: f"{value:.4f}" for name, value in step.figures.items() if name in ("loss", "mse")}
    if "kl" in step.figures:
        shown["kl"] = f"{step.figures['kl']:.2f}"
    if not shown:
        shown = {"skipped": "not finite"}
    shown |= {"beta": f"{step.beta:.2g}", "forcing": f"{step.ratio:.2f}", "clips/s": f"{step.clips_per_second:.1f}"}
    return " ".join([f"epoch {step.at.epoch + 1}/{step.at.epochs}", *(f"{name} {value}" for name, value in shown.items())])


def _show(event: Event, epochs: int) -> None:
    if isinstance(event, Warned):
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
        parts += [f"{name} {value:.4g}" + (f" (copy {copied[name]:.4g})" if copied.get(name) is not None else "")
                  for name, value in validated.items() if isinstance(value, float) and name != "loss"]
    parts += [f"beta {record['beta']:.2g}", f"forcing {record['ratio']:.2f}"]
    if record["skipped"]:
        parts.append(f"{record['skipped']} steps skipped: not finite")
    return "  ".join([*parts, summary.duration(record["seconds"])])
