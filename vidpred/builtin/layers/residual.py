"""The blocks of the convolutional networks of the pose family. All keep the height and width of their inputs."""

from __future__ import annotations

from torch import Tensor, nn

_SLOPE = 0.01


def _shortcut(channels: int, out: int) -> nn.Module:
    """Return a residual connection from `channels` to `out` channels."""
    return nn.Identity() if channels == out else nn.Conv2d(channels, out, 1)


class Residual(nn.Module):
    """[conv3x3, LeakyReLU(0.01)] twice, plus the input: [N, channels, H, W] -> [N, out, H, W] (He et al. 2016)."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, out, 3, padding=1),
            nn.LeakyReLU(_SLOPE),
            nn.Conv2d(out, out, 3, padding=1),
            nn.LeakyReLU(_SLOPE),
        )
        self.skip = _shortcut(channels, out)

    def forward(self, x: Tensor) -> Tensor:
        added: Tensor = self.body(x) + self.skip(x)
        return added


class Depth(nn.Module):
    """Depthwise convolution between two 1x1 convolutions, then a gated feed-forward block, both residual.

    [N, channels, H, W] -> [N, out, H, W], as in DCVC-DC (Li et al. 2023, arXiv:2302.14402).
    """

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.mix = nn.Sequential(
            nn.Conv2d(channels, channels, 1),
            nn.LeakyReLU(_SLOPE),
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels),
            nn.Conv2d(channels, out, 1),
        )
        self.skip = _shortcut(channels, out)
        self.widen = nn.Conv2d(out, 4 * out, 1)
        self.gate = nn.LeakyReLU(0.1)
        self.narrow = nn.Conv2d(2 * out, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.mix(x) + self.skip(x)
        a, b = self.widen(x).chunk(2, 1)
        gated: Tensor = x + self.narrow(a * self.gate(b))
        return gated
