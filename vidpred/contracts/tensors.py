"""What flows through the engine: named tuples of tensors, batch first.

Named tuples and not dataclasses, because collate, pin_memory, DDP and checkpoint all look inside a tuple.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from vidpred.contracts.nested import map_tensors
from vidpred.contracts.steps import RolloutStep


class Noise(Protocol):
    """Standard normal noise, a pure function of the frame: calls for the same `t` return the same numbers."""

    def __call__(self, t: int, like: Tensor) -> Tensor:
        """Return noise for frame t, in the shape of `like` [B, ...]."""


class Features(NamedTuple):
    """The output of an encoder: `value` [N, C] or [N, C, H, W], and skip maps [N, C_i, H_i, W_i]."""

    value: Tensor
    skips: tuple[Tensor, ...] = ()


class Decoded(NamedTuple):
    """The output of a decoder: `frames` [N, C, H, W] in [0, 1], and `extras` for the objective, by name."""

    frames: Tensor
    extras: dict[str, Tensor] = {}


class Gaussian(NamedTuple):
    """Diagonal Gaussians: vectors [..., Z] or maps [..., Z, H, W]; `logvar` is the logarithm of the variance."""

    mean: Tensor
    logvar: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """Return a reparameterised sample (Kingma & Welling 2014): mean + noise * standard deviation."""
        return self.mean + noise * (0.5 * self.logvar).exp()

    def kl(self, other: Gaussian) -> Tensor:
        """Return KL(self || other) per clip and step [B, S], summed over latent dimensions, in float32 or float64."""
        mean, logvar, other_mean, other_logvar = (at_least_float32(x) for x in (*self, *other))
        ratio = (logvar - other_logvar).exp() + (mean - other_mean) ** 2 * (-other_logvar).exp()
        return (0.5 * (other_logvar - logvar + ratio - 1)).flatten(2).sum(2)


class Clip(NamedTuple):
    """`frames` [B, T, C, H, W] in [0, 1], and `conditions` [B, T', ...] with T' >= T.

    conditions[:, t] is what is known when frame t is predicted. Without conditions it is [B, T', 0].
    """

    frames: Tensor
    conditions: Tensor


class Rollout(NamedTuple):
    """The predictions of consecutive steps.

    `latent` is the distribution z was drawn from: the posterior, or the prior.
    """

    steps: tuple[RolloutStep, ...]
    frames: Tensor  # [B, S, C, H, W]
    latent: Gaussian  # [B, S, Z, ...]
    prior: Gaussian  # [B, S, Z, ...]
    extras: dict[str, Tensor] = {}  # the decoder's, each [B, S, ...]

    @classmethod
    def join(cls, rollouts: Iterable[Rollout]) -> Rollout:
        """Concatenate consecutive rollouts."""
        steps, *values = zip(*rollouts, strict=True)
        joined: list[Any] = [map_tensors(lambda *tensors: torch.cat(tensors, 1), *value) for value in values]
        return cls(sum(steps, ()), *joined)


def at_least_float32(x: Tensor) -> Tensor:
    """Convert to float32, unless the type is wider."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
