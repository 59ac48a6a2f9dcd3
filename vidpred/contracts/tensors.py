"""What flows through the engine: named tuples of tensors, batch first.

Named tuples and not dataclasses, because collate, pin_memory, DDP and checkpoint all look inside a tuple.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from vidpred.contracts.nested import over
from vidpred.contracts.steps import RolloutStep


class Noise(Protocol):
    """Standard normal noise as a pure function of the frame: called twice for one `t`, it gives the same numbers."""

    def __call__(self, t: int, like: Tensor) -> Tensor:
        """Noise for frame t, shaped like `like` [B, ...]."""


class Features(NamedTuple):
    """What an encoder makes of frames: `value` [N, C] or [N, C, H, W], and skip maps [N, C_i, H_i, W_i]."""

    value: Tensor
    skips: tuple[Tensor, ...] = ()


class Decoded(NamedTuple):
    """What a decoder makes: `frames` [N, C, H, W] in [0, 1], and whatever else its objective wants to see."""

    frames: Tensor
    extras: dict[str, Tensor] = {}


class Gaussian(NamedTuple):
    """Diagonal Gaussians: vectors [..., Z] or maps [..., Z, H, W]; `logvar` is the logarithm of the variance."""

    mean: Tensor
    logvar: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """Reparameterised sample (Kingma & Welling 2014): mean + noise * standard deviation."""
        return self.mean + noise * (0.5 * self.logvar).exp()

    def kl(self, other: Gaussian) -> Tensor:
        """KL(self || other) per clip and step [B, S], summed over latent dimensions, in float32 at least."""
        mean, logvar, other_mean, other_logvar = (at_least_float32(x) for x in (*self, *other))
        ratio = (logvar - other_logvar).exp() + (mean - other_mean) ** 2 * (-other_logvar).exp()
        return (0.5 * (other_logvar - logvar + ratio - 1)).flatten(2).sum(2)


class Clip(NamedTuple):
    """`frames` [B, T, C, H, W] in [0, 1]; `conditions` [B, T', ...], T' >= T, where conditions[:, t] is what is known
    when frame t is made. No condition is [B, T', 0]."""

    frames: Tensor
    conditions: Tensor


class Rollout(NamedTuple):
    """What some consecutive steps made. `latent` is what z was drawn from: the posterior, or the prior itself."""

    steps: tuple[RolloutStep, ...]
    frames: Tensor  # [B, S, C, H, W]
    latent: Gaussian  # [B, S, Z, ...]
    prior: Gaussian  # [B, S, Z, ...]
    extras: dict[str, Tensor] = {}  # the decoder's, each [B, S, ...]

    @classmethod
    def join(cls, parts: Iterable[Rollout]) -> Rollout:
        """Consecutive rollouts as one."""
        steps, *values = zip(*parts, strict=True)
        joined: list[Any] = [over(lambda *xs: torch.cat(xs, 1), *value) for value in values]
        return cls(sum(steps, ()), *joined)


def at_least_float32(x: Tensor) -> Tensor:
    """The same numbers in float32, or in their own type where that is wider."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
