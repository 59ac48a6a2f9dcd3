"""The posterior and the learned prior of SVG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from vidpred import Core, FeatureSpec, Gaussian, Source
from vidpred.builtin.layers.dcgan import initialize
from vidpred.builtin.layers.recurrent import EmbeddedLSTM


class GaussianLSTM(Core):
    """Linear embedding -> LSTM layers -> mean and log-variance, [B, S, C] -> Gaussian [B, S, latent] in float32.

    As a prior it reads frame t-1 to predict the latent of frame t: the learned prior of SVG-LP.
    """

    name = "gaussian_lstm"
    reference = "Denton & Fergus 2018, arXiv:1802.07687"
    default_reads = ("frame",)
    outputs_gaussian = True

    class Config(Core.Config):
        latent: PositiveInt | None = Field(
            None, description="latent dimensions; null: those of the posterior for a prior, else 64"
        )
        hidden: PositiveInt = Field(256, description="units of each layer")
        layers: int = Field(1, ge=1, le=16, description="LSTM layers")

    config: Config

    def __init__(
        self, config: Config, sources: Mapping[Source, FeatureSpec], preferred: FeatureSpec | None = None
    ) -> None:
        super().__init__(config, sources, preferred)
        latent = config.latent or (preferred.channels if preferred else 64)
        self.recurrent = EmbeddedLSTM(self.input_spec.channels, config.hidden, config.layers)
        self.mean = nn.Linear(config.hidden, latent)
        self.logvar = nn.Linear(config.hidden, latent)
        self.spec = FeatureSpec(latent)
        initialize(self)

    def forward(self, inputs: Tensor, state: Any) -> tuple[Gaussian, Any]:
        hidden, state = self.recurrent(inputs, state)
        with torch.autocast(hidden.device.type, enabled=False):
            return Gaussian(self.mean(hidden), self.logvar(hidden)), state
