"""Objectives: what training minimises."""

from __future__ import annotations

from abc import abstractmethod
from typing import NamedTuple

from torch import Tensor

from vidpred.contracts import base
from vidpred.contracts.tensors import Clip, Rollout


class Losses(NamedTuple):
    """`total` is minimised (a scalar with gradient); `terms` are recorded under their names (scalars)."""

    total: Tensor
    terms: dict[str, Tensor]


class Objective(base.Component):
    """(rollout, clip, beta) -> Losses, averaged over the batch, so that batches can be weighted by their size."""

    @abstractmethod
    def __call__(self, rollout: Rollout, clip: Clip, beta: float) -> Losses: ...
