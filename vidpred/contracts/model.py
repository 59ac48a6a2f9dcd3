"""The interface between the engine and a model: look ahead at the true frames, then predict stretch by stretch."""

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
    """Inputs of some rollout steps that depend on no prediction. Their contents are opaque to the engine."""

    def at(self, steps: Sequence[RolloutStep], samples: int) -> Self:
        """Return the inputs of these steps, repeated for `samples` predicted futures of every clip."""


class Model(base.Component, nn.Module):
    """A video prediction model.

    Most architectures fit into the built-in model `six_slots` as encoder, condition encoder, posterior, prior,
    predictor and decoder; one that does not is registered as a model of its own.
    """

    has_posterior: bool = True  # False: latents come from the prior in every mode, and no KL is reported

    @classmethod
    def build(cls, config: base.Config, make: Make, frame: FeatureSpec, condition: FeatureSpec) -> Self:
        """Build the model and its parts from the specs of the data. Raises Misfit if the parts do not fit together."""
        raise NotImplementedError

    def look_ahead(
        self, clip: Clip, steps: Sequence[RolloutStep], previous: Any, steps_per_call: int | None
    ) -> LookAhead:
        """Compute what these steps need of the true frames and the conditions.

        `previous` is the LookAhead of the steps before (None at first). At most `steps_per_call` frames are
        encoded in one call; None: no limit.
        """
        raise NotImplementedError

    def predict(
        self, stretch: Sequence[RolloutStep], ahead: Any, frame: Tensor | None, state: Any, noise: Noise
    ) -> tuple[Rollout, Any]:
        """Predict the frames of one stretch; return them and the state after it.

        `frame` [B, C, H, W] is the prediction that the first step is fed with (None if it is fed with the truth),
        `ahead` the LookAhead at these steps, `state` the state after the previous stretch (None at first).
        """
        raise NotImplementedError
