"""How far a run has come, and its fixed lengths and limits."""

from __future__ import annotations

from dataclasses import dataclass, field

from vidpred.evaluation.preview_types import PerFrame
from vidpred.runs.history import Record
from vidpred.runs.position import Position
from vidpred.training.epoch_stats import EpochStats


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """Lengths and limits of a run. `max_skipped`: optimizer steps in a row that may be skipped as not finite."""

    epochs: int
    steps_per_epoch: int
    reestimate_batches: int
    max_skipped: int


@dataclass
class RunState:
    """What a run has done: records of the finished epochs, statistics of the running one, the last validation."""

    history: list[Record] = field(default_factory=list)
    stats: EpochStats = field(default_factory=EpochStats)
    per_frame: PerFrame | None = None

    @property
    def position(self) -> Position:
        return Position(len(self.history), self.stats.attempted_steps)
