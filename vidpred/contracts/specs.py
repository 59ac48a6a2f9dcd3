"""Feature shapes, checked before any data are read, and how a core's input is concatenated from several sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vidpred.errors import Misfit


@dataclass(frozen=True)
class FeatureSpec:
    """A vector of `channels` numbers, or a map of `channels` x `size` (H, W); and the skip maps that come with it."""

    channels: int
    size: tuple[int, int] | None = None
    skips: tuple[FeatureSpec, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one value, without batch and time: (C,) or (C, H, W)."""
        return (self.channels, *(self.size or ()))

    def __str__(self) -> str:
        return "x".join(map(str, self.shape))


def join_specs(parts: Sequence[FeatureSpec], *, spatial: bool) -> FeatureSpec:
    """Return the spec of `join` for values of these specs. Raises Misfit if the maps have different sizes."""
    channels = sum(part.channels for part in parts)
    if not spatial:
        return FeatureSpec(channels)
    sizes = sorted({part.size for part in parts if part.size is not None})
    if len(sizes) != 1:
        sizes_text = ", ".join(f"{h}x{w}" for h, w in sizes) or "vectors only"
        raise Misfit(f"reads maps of one size, but its inputs are {sizes_text}")
    return FeatureSpec(channels, sizes[0])


def join(parts: Sequence[Tensor], *, spatial: bool) -> Tensor:
    """Concatenate vectors [B, S, C] and maps [B, S, C, H, W] on channels.

    With `spatial`, vectors are repeated over H and W of the maps; without, maps are averaged over H and W.
    """
    if not spatial:
        return torch.cat([part if part.dim() == 3 else part.mean((3, 4)) for part in parts], 2)
    size = next(part.shape[3:] for part in parts if part.dim() == 5)
    maps = [part if part.dim() == 5 else part[..., None, None].expand(-1, -1, -1, *size) for part in parts]
    return torch.cat(maps, 2)
