"""SVG's VGG decoder for 64x64 frames."""

from __future__ import annotations

import torch
from torch import Tensor, nn

import vidpred
from vidpred import Decoded, Decoder, FeatureSpec, Misfit
from vidpred.builtin.layers.dcgan import initialize
from vidpred.builtin.layers.vgg import vgg_blocks


class VGG64Decoder(Decoder):
    """A vector [N, C] and 4 skip maps -> frames [N, C, 64, 64] in [0, 1].

    Its channel numbers follow from the skip maps.
    """

    name = "vgg64"
    reference = "Denton & Fergus 2018, vgg_64, arXiv:1802.07687"

    def __init__(
        self, config: vidpred.Config, hidden: FeatureSpec, skips: tuple[FeatureSpec, ...], frame: FeatureSpec
    ) -> None:
        super().__init__(config, hidden, skips, frame)
        sizes = [skip.size for skip in skips]
        if sizes != [(64, 64), (32, 32), (16, 16), (8, 8)]:
            given = ", ".join(map(str, skips)) or "none"
            raise Misfit(f"vgg64 needs 4 skip maps of 64, 32, 16 and 8 pixels, but the encoder gives {given}")
        if hidden.size is not None or frame.size != (64, 64):
            raise Misfit(f"vgg64 decodes a vector to 64x64 frames, but it gets {hidden} for frames of {frame}")
        a, b, c, d = (skip.channels for skip in skips)
        self.head = nn.Sequential(nn.ConvTranspose2d(hidden.channels, d, 4), nn.BatchNorm2d(d), nn.LeakyReLU(0.2))
        self.grow = nn.Upsample(scale_factor=2, mode="nearest")
        self.stages = nn.ModuleList(
            [
                vgg_blocks([d * 2, d, d, c]),
                vgg_blocks([c * 2, c, c, b]),
                vgg_blocks([b * 2, b, a]),
                nn.Sequential(
                    vgg_blocks([a * 2, a]), nn.ConvTranspose2d(a, frame.channels, 3, padding=1), nn.Sigmoid()
                ),
            ]
        )
        initialize(self)

    def forward(self, hidden: Tensor, skips: tuple[Tensor, ...]) -> Decoded:
        x = self.head(hidden[:, :, None, None])
        for stage, skip in zip(self.stages, reversed(skips), strict=True):
            x = stage(torch.cat([self.grow(x), skip], 1))
        return Decoded(x)
