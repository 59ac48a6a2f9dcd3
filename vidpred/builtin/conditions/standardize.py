"""Standardization of conditions to mean 0 and variance 1."""

from __future__ import annotations

from torch import Tensor, nn

import vidpred
from vidpred import ConditionEncoder, FeatureSpec, Misfit, at_least_float32


class Standardize(ConditionEncoder):
    """Vectors [N, C], each channel standardized over the batch, or by the running statistics in eval mode.

    Robot actions are hundredths of a metre: next to features of about 1, a first layer initialized with N(0, 0.02)
    would almost ignore them.
    """

    name = "standardize"
    reference = "Ioffe & Szegedy 2015, without scale and shift, arXiv:1502.03167"

    def __init__(self, config: vidpred.Config, condition: FeatureSpec) -> None:
        super().__init__(config, condition)
        if condition.size is not None:
            raise Misfit(f"standardize takes vectors, but these conditions are maps of {condition}")
        self.norm = nn.BatchNorm1d(condition.channels, affine=False)
        self.spec = condition

    def forward(self, conditions: Tensor) -> Tensor:
        standardized: Tensor = self.norm(at_least_float32(conditions))
        return standardized
