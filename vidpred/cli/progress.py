"""A run as it goes: a live line in a terminal, plain lines elsewhere."""
from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress as Bar, TextColumn, TimeRemainingColumn

from vidpred.cli import output
from vidpred.engine.run import EpochReport, Event, Run, Warned
from vidpred.engine.trainer import StepReport

_QUIET = 30.0       # without a terminal: seconds between lines within an epoch


def follow(run: Run) -> None:
    """Do the run, and show it."""
    _header(run)
    total = run.pieces.epochs * run.pieces.steps_per_epoch
    with _bar() as bar:
        task = bar.add_task("", total=total, status="reading the first batch")
        spoken = monotonic()
        for event in run.events():
            if isinstance(event, StepReport):
                bar.update(task, advance=1, status=_status(event))
                if not output.console.is_terminal and monotonic() - spoken > _QUIET:
                    output.text(f"  step {event.at.step + 1}/{total}  {_status(event)}")
                    spoken = monotonic()
            else:
                spoken = monotonic()
                _show(event, run.pieces.epochs)
    _footer(run)


def _bar() -> Bar:
    return Bar(BarColumn(bar_width=20), MofNCompleteColumn(), TextColumn("{task.fields[status]}", markup=False), TimeRemainingColumn(),
               console=output.console, transient=True, disable=not output.console.is_terminal)


def _header(run: Run) -> None:
    parameters = sum(parameter.numel() for parameter in run.model.parameters())
    pieces = run.pieces
    output.text(f"{run.recipe['name']}: {parameters:,} parameters on {run.conduct.compute}")
    output.text(f"{len(run.split.lengths):,} training clips, {len(run.validation.split.lengths):,} validation clips; "
                f"{pieces.epochs} epochs of {pieces.steps_per_epoch} steps, {pieces.batch_size} clips of {pieces.length} frames in a batch")
    output.text(f"run folder: {run.folder}")


def _status(step: StepReport) -> str:
    shown = {name: f"{value:.4f}" for name, value in step.figures.items() if name in ("loss", "mse")}
    if "kl" in step.figures:
        shown["kl"] = f"{step.figures['kl']:.2f}"
    if not shown:
        shown = {"skipped": "not finite"}
    shown |= {"beta": f"{step.beta:.2g}", "forcing": f"{step.ratio:.2f}", "clips/s": f"{step.clips_per_second:.1f}"}
    return f"epoch {step.at.epoch + 1}/{step.at.epochs}  " + "  ".join(f"{name} {value}" for name, value in shown.items())


def _show(event: Event, epochs: int) -> None:
    if isinstance(event, Warned):
        output.warning(event.message)
    elif isinstance(event, EpochReport):
        output.text(_line(event.record, epochs))
        if event.preview:
            output.text(f"  preview: {event.preview}")


def _line(record: Mapping[str, Any], epochs: int) -> str:
    """One epoch in one line."""
    train, validated = record["train"], record["validate"]
    parts = [f"epoch {record['epoch'] + 1:>{len(str(epochs))}}/{epochs}"]
    parts += [f"{name} {train[name]:.4g}" for name in ("loss", "mse", "kl") if train.get(name) is not None]
    parts += [f"beta {record['beta']:.2g}", f"forcing {record['ratio']:.2f}"]
    if validated:
        copied = validated["copy_last"]
        parts += [f"{name} {value:.4g}" + (f" (copy-last {copied[name]:.4g})" if copied.get(name) is not None else "")
                  for name, value in validated.items() if isinstance(value, float) and name != "loss"]
    if record["skipped"]:
        parts.append(f"{record['skipped']} steps skipped: not finite")
    parts.append(f"{record['seconds']:.0f} s, {record['clips_per_second']:.1f} clips/s")
    return "  ".join(parts)


def _footer(run: Run) -> None:
    output.text(f"done: {run.folder}")
    output.text("  previews/ shows truth and prediction, metrics.jsonl has every figure, checkpoints/last the weights")
