"""What a run tells while it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidpred.runs.manifest import Position
from vidpred.training.restore import Restored
from vidpred.training.trainer import TrainStep


@dataclass(frozen=True)
class EpochReport:
    """One finished epoch: its record, as written to metrics.jsonl, and the preview that was drawn, if any."""

    record: Mapping[str, Any]
    preview: Path | None = None


@dataclass(frozen=True)
class Warned:
    """Something went wrong that the run survives."""

    message: str


class Interrupted(Exception):
    """The run was asked to stop, and did so between two steps. `lost` says why its state could not be saved, if so."""

    def __init__(self, at: Position, lost: str | None) -> None:
        super().__init__()
        self.at, self.lost = at, lost


Event = Restored | TrainStep | EpochReport | Warned
