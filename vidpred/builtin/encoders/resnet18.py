"""ResNet-18 as an encoder for 64x64 frames, instead of VGG."""

from __future__ import annotations

from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torchvision.models import resnet18

import vidpred
from vidpred import Encoder, Features, FeatureSpec, Misfit
from vidpred.builtin.layers.dcgan import initialize


class ResNet18Encoder(Encoder):
    """Frames [N, C, 64, 64] -> a vector [N, dim] in [-1, 1] and the skip maps that decoder vgg64 needs.

    The skip maps are 64@64, 128@32, 256@16 and 512@8 (channels@pixels). torchvision's network with random weights and
    a stem that keeps the size (stride 1, no max-pool), then a 2x2 max-pool and the last stage of SVG's VGG.
    """

    name = "resnet18"
    reference = "He et al. 2016, arXiv:1512.03385"

    class Config(vidpred.Config):
        dim: PositiveInt = Field(128, description="size of the vector")

    config: Config

    def __init__(self, config: Config, frame: FeatureSpec) -> None:
        super().__init__(config, frame)
        if frame.size != (64, 64):
            raise Misfit(f"resnet18 encodes 64x64 frames, but these are {frame}")
        trunk = resnet18(weights=None)
        first = nn.Conv2d(frame.channels, 64, 7, padding=3, bias=False)
        nn.init.kaiming_normal_(first.weight, mode="fan_out", nonlinearity="relu")  # as torchvision does
        self.stem = nn.Sequential(first, trunk.bn1, trunk.relu)
        self.stages = nn.ModuleList([trunk.layer1, trunk.layer2, trunk.layer3, trunk.layer4])
        self.head = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(512, config.dim, 4), nn.BatchNorm2d(config.dim), nn.Tanh())
        initialize(self.head)
        skips = [FeatureSpec(channels, (size, size)) for channels, size in ((64, 64), (128, 32), (256, 16), (512, 8))]
        self.spec = FeatureSpec(config.dim, skips=tuple(skips))

    def forward(self, frames: Tensor) -> Features:
        skips: list[Tensor] = []
        x: Tensor = self.stem(frames)
        for stage in self.stages:
            x = stage(x)
            skips.append(x)
        return Features(self.head(x).flatten(1), tuple(skips))
