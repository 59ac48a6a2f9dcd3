"""ResNet-18 as an encoder for 64x64 frames, in the place of VGG."""

from __future__ import annotations

from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torchvision.models import resnet18

import vidpred
from vidpred import Encoder, Features, FeatureSpec, Misfit
from vidpred.builtin.layers.dcgan import initialise


class ResNet18Encoder(Encoder):
    """Frames [N, C, 64, 64] -> a vector [N, dim] in [-1, 1] and skip maps 64@64, 128@32, 256@16, 512@8: what decoder vgg64
    needs.

    torchvision's network, from random weights, with a stem that keeps the size (stride 1, no max-pool); after its last
    stage a 2x2 max-pool and the last stage of SVG's VGG.
    """

    name = "resnet18"
    reference = "He et al. 2016, arXiv:1512.03385"

    class Config(vidpred.Config):
        dim: PositiveInt = Field(128, description="numbers in the vector")

    config: Config

    def __init__(self, config: Config, frame: FeatureSpec) -> None:
        super().__init__(config, frame)
        if frame.size != (64, 64):
            raise Misfit(f"resnet18 encodes 64x64 frames, but these are {frame}")
        trunk = resnet18(weights=None)
        first = nn.Conv2d(frame.channels, 64, 7, padding=3, bias=False)
        nn.init.kaiming_normal_(first.weight, mode="fan_out", nonlinearity="relu")  # as torchvision's own stem
        self.stem = nn.Sequential(first, trunk.bn1, trunk.relu)
        self.stages = nn.ModuleList([trunk.layer1, trunk.layer2, trunk.layer3, trunk.layer4])
        self.head = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(512, config.dim, 4), nn.BatchNorm2d(config.dim), nn.Tanh())
        initialise(self.head)
        self.spec = FeatureSpec(
            config.dim,
            skips=tuple(
                FeatureSpec(channels, (size, size)) for channels, size in ((64, 64), (128, 32), (256, 16), (512, 8))
            ),
        )

    def forward(self, frames: Tensor) -> Features:
        skips: list[Tensor] = []
        x: Tensor = self.stem(frames)
        for stage in self.stages:
            x = stage(x)
            skips.append(x)
        return Features(self.head(x).flatten(1), tuple(skips))
