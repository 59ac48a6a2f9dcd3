"""KL annealers and teacher-forcing policies: pure functions of the progress of a run. Imports no torch."""

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
    """The position of a run, counted from 0. `step` counts attempted optimizer steps since the start of the run."""

    epoch: int
    epochs: int
    step: int
    steps_per_epoch: int
    history: Sequence[Mapping[str, Any]] = field(default=())  # records of metrics.jsonl, one per completed epoch

    @property
    def steps(self) -> int:
        """Attempted optimizer steps in the complete run."""
        return self.epochs * self.steps_per_epoch


class Annealer(base.Component):
    """Anneals the weight of the KL term: beta = loss.beta_max * weight."""

    def watches(self) -> Sequence[str]:
        """Return the validation metrics that `weight` reads from the history. A run must measure them to start."""
        return ()

    @abstractmethod
    def weight(self, at: Progress) -> float:
        """Return the weight, in [0, 1], at a position of the run. Must be a pure function without memory."""


class Forcing(base.Component):
    """Teacher forcing: the probability that a step is fed with the true frame. The engine draws the mask."""

    class Config(base.Config):
        granularity: Granularity = Field("batch", description="draw once for every epoch, batch, or frame")

    config: Config

    def watches(self) -> Sequence[str]:
        """Return the validation metrics that `ratio` reads from the history. A run must measure them to start."""
        return ()

    @abstractmethod
    def ratio(self, at: Progress) -> float:
        """Return the probability, in [0, 1], of feeding the true frame. Must be a pure function without memory."""

    def resets(self, at: Progress) -> int:
        """Return how often the ratio has been reset so far: 0 for policies that never reset it."""
        return 0
