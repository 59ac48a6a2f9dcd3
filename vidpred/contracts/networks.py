"""The parts of a model, and feedback filters.

Encoders, condition encoders and decoders map single frames and know nothing of time. A core computes a stretch of
steps; its state is an argument and a result, so that no part remembers anything between calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field
from torch import Tensor, nn

from vidpred.contracts import base
from vidpred.contracts.specs import FeatureSpec, join_specs
from vidpred.contracts.tensors import Decoded, Features, Gaussian
from vidpred.errors import Misfit

Source = Literal["frame", "latent", "condition"]


class NetworkPart(base.Component, nn.Module):
    """A network that is part of a model. Constructors raise `Misfit` if a part cannot work with its neighbours."""


class Encoder(NetworkPart):
    """Frames [N, C, H, W] in [0, 1] -> Features. Built from the spec of the frames; `spec` describes its features."""

    spec: FeatureSpec

    def __init__(self, config: base.Config, frame: FeatureSpec) -> None:
        super().__init__(config)

    def forward(self, frames: Tensor) -> Features:
        raise NotImplementedError


class ConditionEncoder(NetworkPart):
    """Conditions [N, C] or [N, C, H, W] -> Tensor. Built from the condition spec of the data set.

    `spec` describes its output.
    """

    spec: FeatureSpec

    def __init__(self, config: base.Config, condition: FeatureSpec) -> None:
        super().__init__(config)

    def forward(self, conditions: Tensor) -> Tensor:
        raise NotImplementedError


class Core(NetworkPart):
    """Inputs of a stretch of steps, [B, S, C] or [B, S, C, H, W] if `spatial`, and a state -> outputs and a state.

    The inputs are the sources in `reads`, concatenated in this order; a core that reads nothing gets an empty tensor
    [B, S, 0]. For a posterior, "frame" is the features of frame t; for prior and predictor, those of the frame t-1
    that the step is fed with. The first state is None; a core without recurrence always returns None as its state.
    `spec` describes the output, or the mean of the Gaussian, of one step.
    """

    class Config(base.Config):
        reads: tuple[Source, ...] | None = Field(
            None,
            min_length=1,
            description="inputs, concatenated in this order: frame, latent, condition; null: the core's default",
        )

    config: Config
    default_reads: ClassVar[tuple[Source, ...]] = ("frame", "latent", "condition")
    spatial: ClassVar[bool] = False  # reads maps: vectors are repeated over H and W; else maps are averaged to vectors
    outputs_gaussian: ClassVar[bool] = False  # returns a Gaussian, and can be a posterior or a prior
    spec: FeatureSpec
    reads: tuple[Source, ...]  # the recipe's choice, or the default
    input_spec: FeatureSpec

    def __init__(
        self, config: Config, sources: Mapping[Source, FeatureSpec], preferred: FeatureSpec | None = None
    ) -> None:
        """`sources`: the available inputs. `preferred`: the output spec that would suit the neighbours, if any.

        A predictor is asked for the spec of the encoder, a prior for that of the posterior.
        """
        super().__init__(config)
        self.reads = self.default_reads if config.reads is None else config.reads
        for source in self.reads:
            if source not in sources:
                raise Misfit(f"{self.name} reads {source}, which this slot does not have; it has: {', '.join(sources)}")
        try:
            self.input_spec = join_specs([sources[source] for source in self.reads], spatial=self.spatial)
        except Misfit as error:
            raise Misfit(f"{self.name} {error}") from error

    def forward(self, inputs: Tensor, state: Any) -> tuple[Tensor | Gaussian, Any]:
        raise NotImplementedError


class Decoder(NetworkPart):
    """Hidden features [N, ...] and the skip maps of a given frame -> frames [N, C, H, W] in [0, 1]."""

    def __init__(
        self, config: base.Config, hidden: FeatureSpec, skips: tuple[FeatureSpec, ...], frame: FeatureSpec
    ) -> None:
        super().__init__(config)

    def forward(self, hidden: Tensor, skips: tuple[Tensor, ...]) -> Decoded:
        raise NotImplementedError


class Filter(base.Component):
    """Changes a predicted frame before it is fed back. Runs without gradient.

    (prediction [B, C, H, W], the frame that it was predicted from [B, C, H, W]) -> frame [B, C, H, W], all in [0, 1].
    """

    def __call__(self, prediction: Tensor, previous: Tensor) -> Tensor:
        raise NotImplementedError
