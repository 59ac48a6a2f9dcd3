"""The events of a run, in the order in which they happen; `Run.events` yields them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vidpred.runs.history import Record
from vidpred.runs.position import Position
from vidpred.training.restore import Restored
from vidpred.training.trainer import TrainStep


@dataclass(frozen=True)
class EpochEnd:
    """A finished epoch: its record, as written to metrics.jsonl, and the GIF of its preview if one was drawn."""

    record: Record
    preview: Path | None = None


@dataclass(frozen=True)
class RunWarning:
    """Something failed, and the run continues without it."""

    message: str


class Interrupted(Exception):
    """The run was asked to stop, and did so between two optimizer steps.

    `save_error` says why its state could not be saved; None if it was.
    """

    def __init__(self, position: Position, save_error: str | None) -> None:
        super().__init__()
        self.position, self.save_error = position, save_error


Event = Restored | TrainStep | EpochEnd | RunWarning
