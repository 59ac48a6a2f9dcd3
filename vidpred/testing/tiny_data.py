"""Small random data for tests of components."""

from __future__ import annotations

import torch

import vidpred


def tiny_clip(
    clips: int = 2, frames: int = 4, channels: int = 3, size: tuple[int, int] = (64, 64), conditions: int = 4
) -> vidpred.Clip:
    """Return random clips, equal at every call: frames [B, T, C, H, W] in [0, 1], conditions [B, T, conditions]."""
    generator = torch.Generator().manual_seed(0)
    return vidpred.Clip(
        torch.rand(clips, frames, channels, *size, generator=generator),
        torch.randn(clips, frames, conditions, generator=generator),
    )
