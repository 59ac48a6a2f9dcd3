"""Goes back to the newest position of a run of which everything is whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn

from vidpred.errors import VidpredError
from vidpred.runs.checkpoints import Checkpoints
from vidpred.runs.history import Record, rewrite_history
from vidpred.runs.layout import HISTORY, STATE, WEIGHTS, RunFolder
from vidpred.runs.lock import LockHolder
from vidpred.runs.manifest import Position, damage
from vidpred.runs.weights import load_weights
from vidpred.training.epoch_stats import EpochStats
from vidpred.training.state import restore_state
from vidpred.training.trainer import Trainer


@dataclass(frozen=True)
class Restored:
    """Where a run goes on, with what it knew there; `notes` say what was lost, and why."""

    at: Position
    history: list[Record]
    totals: EpochStats
    notes: tuple[str, ...]


def restored(
    run: RunFolder, checkpoints: Checkpoints, model: nn.Module, trainer: Trainer, killed: LockHolder | None
) -> Restored:
    """Load the newest checkpoint that is whole and has its records, and forget what is later. Where there is none at all, the
    run begins anew. Raises VidpredError where there are only damaged ones."""
    history = run.read_history()
    found, notes = checkpoints.newest_first(), [f"{killed} was killed"] if killed else []
    for at, path in found:
        wrong = damage(path, WEIGHTS, STATE) or _unrecorded(at, len(history))
        if wrong:
            notes.append(f"{path.name} cannot be used: {wrong}")
            continue
        load_weights(model, path)
        totals = restore_state(trainer, path)
        if totals.attempted != at.step:
            raise VidpredError(f"{path}: holds {totals.attempted} steps of an epoch, but is named for {at.step}")
        if path != found[0][1]:
            notes.append(f"goes on from the one before: {path.name}")
        checkpoints.rewind_to(at, history[: at.epoch])
        notes += _forgotten(run, history, at.epoch)
        return Restored(at, history[: at.epoch], totals, tuple(notes))
    if found:
        raise VidpredError(
            "\n  ".join(
                [
                    f"{run.path}: no checkpoint is whole with its records; start the run anew, or with weights that can still be "
                    f"read: --set init_from={run.checkpoints / 'epoch_…'}",
                    *notes,
                ]
            )
        )
    return Restored(Position(0), [], EpochStats(), (*notes, *_forgotten(run, history, 0)))


def _unrecorded(at: Position, recorded: int) -> str | None:
    return f"{HISTORY} is torn after {recorded} of its {at.epoch} epochs" if recorded < at.epoch else None


def _forgotten(run: RunFolder, history: list[Record], epochs: int) -> Iterator[str]:
    """Drop the records of later epochs."""
    dropped = [record["epoch"] for record in history[epochs:]]
    if rewrite_history(run.history_path, history[:epochs]):
        what = (
            f"epochs {dropped[0]} to {dropped[-1]}"
            if len(dropped) > 1
            else f"epoch {dropped[0]}"
            if dropped
            else "a torn line"
        )
        yield f"{HISTORY}: {what} dropped, of which there is no checkpoint"
