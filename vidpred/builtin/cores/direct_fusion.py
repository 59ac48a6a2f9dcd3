"""The predictor of the pose family: features, condition and latent, fused without recurrence."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, PositiveInt
from torch import Tensor, nn

from vidpred import Core, FeatureSpec, Misfit, Source
from vidpred.builtin.layers.residual import Depth, Residual


class DirectFusion(Core):
    """Convolutions over the inputs of each step: [B, S, C, H, W] -> [B, S, dim, H, W].

    Its state is None: all that it knows of the past is the frame that it is fed with.
    """

    name = "direct_fusion"
    reference = "the lab CVAE for pose-conditioned video"
    default_reads = ("frame", "condition", "latent")
    spatial = True

    class Config(Core.Config):
        dim: PositiveInt = Field(192, ge=8, description="output channels")

    config: Config

    def __init__(
        self, config: Config, sources: Mapping[Source, FeatureSpec], preferred: FeatureSpec | None = None
    ) -> None:
        super().__init__(config, sources, preferred)
        channels, dim = self.input_spec.channels, config.dim
        if channels < 4:
            raise Misfit(f"direct_fusion needs 4 input channels or more, but it gets {self.input_spec}")
        self.body = nn.Sequential(
            Depth(channels, channels),
            Residual(channels, channels // 4),
            Depth(channels // 4, channels // 2),
            Residual(channels // 2, channels // 2),
            Depth(channels // 2, dim // 2),
            nn.Conv2d(dim // 2, dim, 1),
        )
        self.spec = FeatureSpec(dim, self.input_spec.size)

    def forward(self, inputs: Tensor, state: None) -> tuple[Tensor, None]:
        return self.body(inputs.flatten(0, 1)).unflatten(0, inputs.shape[:2]), None
