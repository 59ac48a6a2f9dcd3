"""What the engine asks of a model: look ahead at the truth, and predict one stretch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, Self

from torch import Tensor, nn

from vidpred.contracts import base
from vidpred.contracts.specs import FeatureSpec
from vidpred.contracts.steps import RolloutStep
from vidpred.contracts.tensors import Clip, Noise, Rollout


class Make(Protocol):
    """Builds the part that the recipe chose for a slot of the model: make("encoder", frame_spec)."""

    def __call__(self, slot: str, *neighbours: Any) -> Any: ...


class LookAhead(Protocol):
    """All that some steps need and that hangs on no prediction. What is in it is the model's business."""

    def at(self, steps: Sequence[RolloutStep], samples: int) -> Self:
        """The part that these steps use, for `samples` futures of every clip."""


class Model(base.Component, nn.Module):
    """A video prediction model. Most methods fit the six slots of `six_slots`; one that does not registers its own."""

    @classmethod
    def build(cls, config: base.Config, make: Make, frame: FeatureSpec, condition: FeatureSpec) -> Self:
        """Build the model and its parts from the specs of the data. Raises Misfit where parts do not fit."""
        raise NotImplementedError

    def look_ahead(self, clip: Clip, steps: Sequence[RolloutStep], before: Any, window: int | None) -> LookAhead:
        """ComputeDevice what these steps need of the truth; `before` is the previous window's LookAhead (None at first)."""
        raise NotImplementedError

    def predict(
        self, stretch: Sequence[RolloutStep], ahead: Any, frame: Tensor | None, state: Any, noise: Noise
    ) -> tuple[Rollout, Any]:
        """Make the frames of one stretch, and the state after it (None at first); `frame` [B, C, H, W] is the
        prediction that feeds its first step, if any."""
        raise NotImplementedError
