"""The encoder of the pose family: feature maps of the resolution of the frame."""

from __future__ import annotations

from pydantic import Field, PositiveInt
from torch import Tensor, nn

import vidpred
from vidpred import Encoder, Features, FeatureSpec, Misfit
from vidpred.builtin.layers.residual import Depth, Residual


class ResNetEncoder(Encoder):
    """Frames [N, C, H, W] -> maps [N, dim, H, W] of full resolution, without skip maps. Frames may have any size."""

    name = "resnet"
    reference = "the lab CVAE for pose-conditioned video; residual blocks of He et al. 2016, arXiv:1512.03385"

    class Config(vidpred.Config):
        dim: PositiveInt = Field(
            128, ge=8, description="channels of the features; the layers before it have 1/8, 1/4 and 1/2 of them"
        )

    config: Config

    def __init__(self, config: Config, frame: FeatureSpec) -> None:
        super().__init__(config, frame)
        if frame.size is None:
            raise Misfit(f"resnet encodes maps, but these frames are {frame}")
        dim = config.dim
        self.body = nn.Sequential(
            Residual(frame.channels, dim // 8),
            Depth(dim // 8, dim // 8),
            Residual(dim // 8, dim // 4),
            Depth(dim // 4, dim // 4),
            Residual(dim // 4, dim // 2),
            Depth(dim // 2, dim // 2),
            nn.Conv2d(dim // 2, dim, 3, padding=1),
        )
        self.spec = FeatureSpec(dim, frame.size)

    def forward(self, frames: Tensor) -> Features:
        return Features(self.body(frames))
