"""The weight initialization of DCGAN (Radford et al. 2016), which SVG uses too."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd


def initialize(module: nn.Module) -> None:
    """Initialize convolutions and linear layers with N(0, 0.02), BatchNorm with N(1, 0.02), biases with 0."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear | _ConvNd):
            nn.init.normal_(layer.weight, 0.0, 0.02)
        elif isinstance(layer, _BatchNorm):
            nn.init.normal_(layer.weight, 1.0, 0.02)
        else:
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
