"""Objectives (what is minimised) and metrics (what is reported)."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple

from torch import Tensor

from vidpred.contracts import base
from vidpred.contracts.tensors import Clip, Rollout


class Losses(NamedTuple):
    """`total` is minimised (a scalar with gradient); `terms` are recorded under their names (scalars)."""

    total: Tensor
    terms: dict[str, Tensor]


class Objective(base.Component):
    """(rollout, clip, beta) -> Losses. Averages over the batch that is there, so that batches can be weighted by size."""

    @abstractmethod
    def __call__(self, rollout: Rollout, clip: Clip, beta: float) -> Losses: ...


class Metric(base.Component):
    """Compares frames [N, C, H, W] in [0, 1] with the truth -> one number a frame [N], float32. Raises VidpredError where it
    cannot be computed here (weights that cannot be had, frames that are too small): an evaluation then goes on without it.

    `definition` says in one line what is computed, as far as two figures must share it to be comparable.
    """

    higher_is_better: ClassVar[bool] = True
    unit: ClassVar[str] = ""
    definition: ClassVar[str] = ""

    @property
    def terms(self) -> str:
        """The definition, and the settings."""
        settings = ", ".join(f"{name} {value}" for name, value in self.config.model_dump(mode="json").items())
        return ", ".join(filter(None, (self.definition or self.name, settings)))

    @abstractmethod
    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor: ...
