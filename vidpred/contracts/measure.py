"""Objectives (what is minimised) and metrics (what is reported)."""
from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple

from torch import Tensor

from vidpred.contracts import base
from vidpred.contracts.values import Clip, Rollout


class Losses(NamedTuple):
    """`total` is minimised (a scalar with gradient); `terms` are recorded under their names (scalars)."""

    total: Tensor
    terms: dict[str, Tensor]


class Objective(base.Component):
    """(rollout, clip, beta) -> Losses. Averages over the batch that is there, so that batches can be weighted by size."""

    @abstractmethod
    def __call__(self, rollout: Rollout, clip: Clip, beta: float) -> Losses: ...


class Metric(base.Component):
    """Compares frames [N, C, H, W] in [0, 1] with the truth -> one number a frame [N], float32."""

    higher_is_better: ClassVar[bool] = True
    unit: ClassVar[str] = ""

    @abstractmethod
    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor: ...
