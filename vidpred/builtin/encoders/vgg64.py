"""SVG's VGG encoder for 64x64 frames."""

from __future__ import annotations

from pydantic import Field, PositiveInt
from torch import Tensor, nn

import vidpred
from vidpred import Encoder, Features, FeatureSpec, Misfit
from vidpred.builtin.layers.dcgan import initialize
from vidpred.builtin.layers.vgg import vgg_blocks


class VGG64Encoder(Encoder):
    """Frames [N, C, 64, 64] -> a vector [N, dim] in [-1, 1] and skip maps at 64, 32, 16 and 8 pixels."""

    name = "vgg64"
    reference = "Denton & Fergus 2018, vgg_64, arXiv:1802.07687"

    class Config(vidpred.Config):
        dim: PositiveInt = Field(128, description="size of the vector")
        width: float = Field(1.0, gt=0, le=64, description="factor of all channel numbers: 64, 128, 256, 512 at 1.0")

    config: Config

    def __init__(self, config: Config, frame: FeatureSpec) -> None:
        super().__init__(config, frame)
        if frame.size != (64, 64):
            raise Misfit(f"vgg64 encodes 64x64 frames, but these are {frame}")
        a, b, c, d = (max(1, round(channels * config.width)) for channels in (64, 128, 256, 512))
        self.stages = nn.ModuleList(
            [
                vgg_blocks([frame.channels, a, a]),
                vgg_blocks([a, b, b]),
                vgg_blocks([b, c, c, c]),
                vgg_blocks([c, d, d, d]),
            ]
        )
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Sequential(nn.Conv2d(d, config.dim, 4), nn.BatchNorm2d(config.dim), nn.Tanh())
        skips = [FeatureSpec(channels, (size, size)) for channels, size in ((a, 64), (b, 32), (c, 16), (d, 8))]
        self.spec = FeatureSpec(config.dim, skips=tuple(skips))
        initialize(self)

    def forward(self, frames: Tensor) -> Features:
        skips: list[Tensor] = []
        x = frames
        for stage in self.stages:
            skips.append(stage(x))
            x = self.pool(skips[-1])
        return Features(self.head(x).flatten(1), tuple(skips))
