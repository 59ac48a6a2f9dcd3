"""The decoder of the pose family."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from torch import Tensor, nn

import vidpred
from vidpred import Decoded, Decoder, FeatureSpec, Misfit
from vidpred.builtin.layers.residual import Depth, Residual


class ResNetDecoder(Decoder):
    """Maps [N, D, H, W] of the size of the frame -> frames [N, C, H, W].

    Its channel numbers follow from those of the predictor; it ignores skip maps. A linear output may leave [0, 1]:
    `feedback.clamp` and every metric clamp it.
    """

    name = "resnet"
    reference = "the lab CVAE for pose-conditioned video; residual blocks of He et al. 2016, arXiv:1512.03385"

    class Config(vidpred.Config):
        output: Literal["linear", "sigmoid"] = Field("linear", description="activation after the last layer")

    config: Config

    def __init__(self, config: Config, hidden: FeatureSpec, skips: tuple[FeatureSpec, ...], frame: FeatureSpec) -> None:
        super().__init__(config, hidden, skips, frame)
        if hidden.size is None or hidden.size != frame.size:
            raise Misfit(
                f"resnet decodes maps as large as the frame, but it gets {hidden} for frames of {frame}; "
                "use a predictor and an encoder that give such maps, as direct_fusion and resnet do"
            )
        dim = hidden.channels
        if dim < 8:
            raise Misfit(f"resnet needs 8 channels or more, but it gets {hidden}")
        self.body = nn.Sequential(
            Depth(dim, dim),
            Residual(dim, dim // 2),
            Depth(dim // 2, dim // 2),
            Residual(dim // 2, dim // 4),
            Depth(dim // 4, dim // 4),
            Residual(dim // 4, dim // 8),
            Depth(dim // 8, dim // 8),
            nn.Conv2d(dim // 8, frame.channels, 1),
            nn.Sigmoid() if config.output == "sigmoid" else nn.Identity(),
        )

    def forward(self, hidden: Tensor, skips: tuple[Tensor, ...]) -> Decoded:
        return Decoded(self.body(hidden))
