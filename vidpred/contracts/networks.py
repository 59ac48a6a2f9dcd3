"""The parts of a model. Encoders, condition encoders and decoders are maps of frames and know no time; a core takes
a stretch of steps, and its state goes in and out: no part remembers anything between calls."""

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
    """A network that a model is made of. `spec` says what it gives; constructors raise `Misfit` where a part cannot
    work with its neighbours, before any data are read."""

    spec: FeatureSpec


class Encoder(NetworkPart):
    """Frames [N, C, H, W] in [0, 1] -> Features. Built from the frames' spec; `spec` describes its features."""

    def __init__(self, config: base.Config, frame: FeatureSpec) -> None:
        super().__init__(config)

    def forward(self, frames: Tensor) -> Features:
        raise NotImplementedError


class ConditionEncoder(NetworkPart):
    """Conditions [N, C] or [N, C, H, W] -> Tensor. Built from the data set's condition spec."""

    def __init__(self, config: base.Config, condition: FeatureSpec) -> None:
        super().__init__(config)

    def forward(self, conditions: Tensor) -> Tensor:
        raise NotImplementedError


class Core(NetworkPart):
    """A stretch of steps [B, S, C] (or [B, S, C, H, W] where `spatial`) and a state -> what it gives, and the state.

    `reads` is what its input is joined from, in this order. For a posterior, "frame" is the features of frame t; for
    prior and predictor, of the frame t-1 that the step is fed with. The first state is None, and a core without
    recurrence always gives None back.
    """

    class Config(base.Config):
        reads: tuple[Source, ...] | None = Field(
            None,
            min_length=1,
            description="what it reads, joined in this order: frame, latent, condition; null: the core's own choice",
        )

    config: Config
    default_reads: ClassVar[tuple[Source, ...]] = ("frame", "latent", "condition")
    spatial: ClassVar[bool] = False  # reads maps: vectors are spread over them; else maps are pooled to vectors
    outputs_gaussian: ClassVar[bool] = False  # gives a Gaussian, and so serves as posterior or prior

    def __init__(
        self, config: Config, sources: Mapping[Source, FeatureSpec], preferred: FeatureSpec | None = None
    ) -> None:
        """`sources`: what can be read here. `preferred`: what the neighbours would like this core to give, if they care:
        a predictor is asked for what the encoder gives, a prior for what the posterior gives."""
        super().__init__(config)
        self.reads: tuple[Source, ...] = self.default_reads if config.reads is None else config.reads
        for source in self.reads:
            if source not in sources:
                raise Misfit(f"{self.name} reads {source}, which is not known there; readable: {', '.join(sources)}")
        try:
            self.input_spec = join_specs([sources[source] for source in self.reads], spatial=self.spatial)
        except Misfit as error:
            raise Misfit(f"{self.name} {error}") from error

    def forward(self, inputs: Tensor, state: Any) -> tuple[Tensor | Gaussian, Any]:
        raise NotImplementedError


class Decoder(NetworkPart):
    """Hidden features [N, ...] and the skips of a given frame -> frames [N, C, H, W] in [0, 1]."""

    def __init__(
        self, config: base.Config, hidden: FeatureSpec, skips: tuple[FeatureSpec, ...], frame: FeatureSpec
    ) -> None:
        super().__init__(config)

    def forward(self, hidden: Tensor, skips: tuple[Tensor, ...]) -> Decoded:
        raise NotImplementedError


class Filter(base.Component):
    """Changes a predicted frame before it is fed back. Runs without gradient.

    (prediction [B, C, H, W], the frame it was made from [B, C, H, W]) -> frame [B, C, H, W], all in [0, 1].
    """

    def __call__(self, prediction: Tensor, previous: Tensor) -> Tensor:
        raise NotImplementedError
