"""The blocks of the VGG encoder and decoder of SVG."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import nn


def vgg_blocks(channels: Sequence[int]) -> nn.Sequential:
    """Return [conv3x3 + BatchNorm + LeakyReLU(0.2)] from each of these channel numbers to the next; size is kept."""
    layers: list[nn.Module] = []
    for before, after in pairwise(channels):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers)
