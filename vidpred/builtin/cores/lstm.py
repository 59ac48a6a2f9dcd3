"""The frame predictor of SVG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, PositiveInt
from torch import Tensor, nn

from vidpred import Core, FeatureSpec, Source
from vidpred.builtin.layers.dcgan import initialize
from vidpred.builtin.layers.recurrent import EmbeddedLSTM


class LSTM(Core):
    """Linear embedding -> LSTM layers -> Linear -> tanh, [B, S, C] -> [B, S, dim] in [-1, 1]."""

    name = "lstm"
    reference = "Denton & Fergus 2018, arXiv:1802.07687"
    default_reads = ("frame", "latent", "condition")

    class Config(Core.Config):
        hidden: PositiveInt = Field(256, description="units of each layer")
        layers: int = Field(2, ge=1, le=16, description="LSTM layers")
        dim: PositiveInt | None = Field(None, description="size of the output; null: that of the encoder's vector")
        batch_norm: bool = Field(False, description="BatchNorm before the tanh")

    config: Config

    def __init__(
        self, config: Config, sources: Mapping[Source, FeatureSpec], preferred: FeatureSpec | None = None
    ) -> None:
        super().__init__(config, sources, preferred)
        dim = config.dim or (preferred.channels if preferred else config.hidden)
        self.recurrent = EmbeddedLSTM(self.input_spec.channels, config.hidden, config.layers)
        self.out = nn.Linear(config.hidden, dim)
        self.norm = nn.BatchNorm1d(dim) if config.batch_norm else None
        self.spec = FeatureSpec(dim)
        initialize(self)

    def forward(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:
        hidden, state = self.recurrent(inputs, state)
        x = self.out(hidden)
        if self.norm is not None:
            x = self.norm(x.flatten(0, 1)).unflatten(0, x.shape[:2])
        return x.tanh(), state
