"""Restore the newest intact checkpoint of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from vidpred.errors import VidpredError
from vidpred.runs.history import History, Record, rewrite_history
from vidpred.runs.layout import HISTORY, STATE, WEIGHTS, RunFolder
from vidpred.runs.lock import LockHolder
from vidpred.runs.manifest import find_damage
from vidpred.runs.position import Position, list_checkpoints
from vidpred.runs.retention import Retention, rewind
from vidpred.runs.weights import load_weights
from vidpred.training.epoch_stats import EpochStats
from vidpred.training.state import restore_state
from vidpred.training.trainer import Trainer


@dataclass(frozen=True)
class Restored:
    """The position from which a run resumes, and what it knew there; `notes` say what was lost, and why."""

    position: Position
    history: list[Record]
    stats: EpochStats
    notes: tuple[str, ...]


def restore_checkpoint(
    run: RunFolder, retention: Retention, model: nn.Module, trainer: Trainer, killed: LockHolder | None
) -> Restored:
    """Load the newest intact checkpoint whose epochs are in the history, and rewind the run folder to it.

    Without any checkpoint, the run restarts from epoch 0. Raises VidpredError if all checkpoints are damaged.
    """
    history, checkpoints = run.read_history(), list_checkpoints(run.checkpoints)
    notes = [f"{killed} was killed"] if killed else []
    for position, path in checkpoints:
        problem = find_damage(path, WEIGHTS, STATE) or _missing_records(position, len(history))
        if problem:
            notes.append(f"{path.name} cannot be used: {problem}")
            continue
        stats = _load(model, trainer, position, path)
        if path != checkpoints[0][1]:
            notes.append(f"resumes from the one before: {path.name}")
        rewind(run.checkpoints, position, history[: position.epoch], retention)
        notes += _drop_records(run, history, position.epoch)
        return Restored(position, history[: position.epoch], stats, tuple(notes))
    if checkpoints:
        raise _no_intact_checkpoint(run, notes)
    return Restored(Position(0), [], EpochStats(), (*notes, *_drop_records(run, history, 0)))


def _load(model: nn.Module, trainer: Trainer, position: Position, path: Path) -> EpochStats:
    """Load a checkpoint; return the statistics of its unfinished epoch. Raises VidpredError."""
    load_weights(model, path)
    stats = restore_state(trainer, path)
    if stats.attempted_steps != position.step:
        raise VidpredError(f"{path}: holds {stats.attempted_steps} steps of an epoch, but is named for {position.step}")
    return stats


def _no_intact_checkpoint(run: RunFolder, notes: list[str]) -> VidpredError:
    advice = (
        f"{run.path}: no checkpoint is intact with its history; start the run from the beginning, or with weights that "
        f"can still be read: --set init_from={run.checkpoints / 'epoch_…'}"
    )
    return VidpredError("\n  ".join([advice, *notes]))


def _missing_records(position: Position, recorded: int) -> str | None:
    if recorded >= position.epoch:
        return None
    return f"{HISTORY} is torn after {recorded} of its {position.epoch} epochs"


def _drop_records(run: RunFolder, history: History, epochs: int) -> Iterator[str]:
    """Delete the records of later epochs; yield a note if there was anything to delete."""
    dropped = [record["epoch"] for record in history[epochs:]]
    if not rewrite_history(run.history_path, history[:epochs]):
        return
    if len(dropped) > 1:
        lost = f"epochs {dropped[0]} to {dropped[-1]}"
    else:
        lost = f"epoch {dropped[0]}" if dropped else "a torn line"
    yield f"{HISTORY}: {lost} dropped, as it has no checkpoint"
