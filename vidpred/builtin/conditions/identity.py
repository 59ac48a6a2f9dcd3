"""The identity, for models that read conditions unchanged."""

from __future__ import annotations

from torch import Tensor

import vidpred
from vidpred import ConditionEncoder, FeatureSpec


class Identity(ConditionEncoder):
    """Conditions, unchanged."""

    name = "identity"

    def __init__(self, config: vidpred.Config, condition: FeatureSpec) -> None:
        super().__init__(config, condition)
        self.spec = condition

    def forward(self, conditions: Tensor) -> Tensor:
        return conditions
