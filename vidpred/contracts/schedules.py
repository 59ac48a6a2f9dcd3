"""KL annealers and teacher-forcing policies: pure functions of where a run stands. No torch here."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field

from vidpred.contracts import base

Granularity = Literal["epoch", "batch", "frame"]


@dataclass(frozen=True)
class Progress:
    """Where a run stands. All positions count from 0; `step` counts attempted optimizer steps since the start."""

    epoch: int
    epochs: int
    step: int
    steps_per_epoch: int
    history: Sequence[Mapping[str, Any]] = field(default=())  # the records of metrics.jsonl, one a completed epoch

    @property
    def steps(self) -> int:
        """Attempted optimizer steps in the whole run."""
        return self.epochs * self.steps_per_epoch


class Annealer(base.Component):
    """Anneals the weight of the KL term: beta = loss.beta_max * weight."""

    @abstractmethod
    def weight(self, at: Progress) -> float:
        """The weight in [0, 1] at this place of the run. A pure function: nothing is remembered between calls."""


class Forcing(base.Component):
    """Teacher forcing: how probable it is that a step is fed with the true frame. The engine tosses the coin."""

    class Config(base.Config):
        granularity: Granularity = Field("batch", description="one coin for every epoch, batch, or frame")

    config: Config

    def watches(self) -> Sequence[str]:
        """The validation figures that `ratio` reads from the history: a run that does not measure them cannot start."""
        return ()

    @abstractmethod
    def ratio(self, at: Progress) -> float:
        """The probability in [0, 1] of feeding the truth. A pure function: nothing is remembered between calls."""

    def resets(self, at: Progress) -> int:
        """How often the ratio has been reset so far; 0 for policies that never reset."""
        return 0
