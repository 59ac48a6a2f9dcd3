"""The posterior of the pose family: a latent for every pixel."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from vidpred import Core, FeatureSpec, Gaussian, Misfit, Source, at_least_float32
from vidpred.builtin.layers.residual import Depth, Residual


class GaussianConv(Core):
    """Convolutions without recurrence: [B, S, C, H, W] -> Gaussian [B, S, latent, H, W].

    Computes the Gaussian in float32. Its state is None.
    """

    name = "gaussian_conv"
    reference = "the lab CVAE for pose-conditioned video"
    default_reads = ("frame", "condition")
    spatial = True
    outputs_gaussian = True

    class Config(Core.Config):
        latent: PositiveInt | None = Field(
            None, ge=4, description="latent channels; null: those of the posterior for a prior, else 12"
        )
        slope: float = Field(
            1.0,
            ge=0,
            le=1,
            description="negative slope of the LeakyReLU before the last layer; 1: no activation, as published",
        )

    config: Config

    def __init__(
        self, config: Config, sources: Mapping[Source, FeatureSpec], preferred: FeatureSpec | None = None
    ) -> None:
        super().__init__(config, sources, preferred)
        latent = config.latent or (preferred.channels if preferred else 12)
        if latent < 4:
            raise Misfit(f"gaussian_conv gives 4 latent channels or more, but the posterior has {latent}")
        self.body = nn.Sequential(
            Residual(self.input_spec.channels, latent // 4),
            Depth(latent // 4, latent // 4),
            Residual(latent // 4, latent // 2),
            Depth(latent // 2, latent // 2),
            Residual(latent // 2, latent),
            nn.LeakyReLU(config.slope),
        )
        self.mean = nn.Conv2d(latent, latent, 1)
        self.logvar = nn.Conv2d(latent, latent, 1)
        self.spec = FeatureSpec(latent, self.input_spec.size)

    def forward(self, inputs: Tensor, state: None) -> tuple[Gaussian, None]:
        batch_and_steps = inputs.shape[:2]
        hidden = at_least_float32(self.body(inputs.flatten(0, 1)))
        with torch.autocast(hidden.device.type, enabled=False):
            mean = self.mean(hidden).unflatten(0, batch_and_steps)
            logvar = self.logvar(hidden).unflatten(0, batch_and_steps)
        return Gaussian(mean, logvar), None
