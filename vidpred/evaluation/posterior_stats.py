"""Is the posterior alive? KL by latent dimension, and active units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from vidpred.contracts.model import Model
from vidpred.contracts.tensors import Gaussian, at_least_float32
from vidpred.data.loader import Batch
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.runner import RolloutRunner

ACTIVE = (
    0.01  # variance of the posterior's mean over the data above which a unit is active: Burda et al. 2016, section 5
)
DEFINITION = (
    f"a unit is active where the posterior's mean varies over clips and predicted frames with a variance above {ACTIVE:g} "
    "(Burda et al. 2016, arXiv:1509.00519); KL in nats of a step, true frames fed"
)


@dataclass(frozen=True)
class PosteriorStats:
    """`kl`: nats of a step, summed over all latent dimensions; `kl_per_dimension` [Z], for latent maps summed over each map.
    `active` of `units` numbers of the latent are active, `active_per_dimension` [Z] of each."""

    kl: float
    kl_per_dimension: tuple[float, ...]
    active: int
    units: int
    active_per_dimension: tuple[int, ...]


def health(model: Model, batches: Iterable[Batch], runner: RolloutRunner) -> PosteriorStats | None:
    """Infer the latents of all frames after the given ones, every step fed with the truth. None for a model without a
    posterior: one whose latents come from its prior, or that has none."""
    past, steps, inferred = runner.past, 0, False
    kl = mean = square = torch.zeros(())
    for batch in batches:
        clip = batch.clip(runner.compute.device)
        forced = replace(runner, past=clip.conditions.shape[1])
        noise = KeyedNoise([("posterior", window_index.clip) for window_index in batch.window_indices])
        for made in forced.predict(model, clip, noise, mode="reconstruct"):
            used = [place for place, step in enumerate(made.steps) if step.t >= past]
            if not used or not made.latent.mean.numel():
                continue
            latent, prior = (
                [x[:, used].flatten(0, 1) for x in map(at_least_float32, gaussian)]
                for gaussian in (made.latent, made.prior)
            )
            inferred |= any(not torch.equal(own, other) for own, other in zip(latent, prior, strict=True))
            steps += len(latent[0])
            kl = kl + _summed(_kl(Gaussian(*latent), Gaussian(*prior)))
            mean, square = mean + _summed(latent[0]), square + _summed(latent[0].double().square())
    if not inferred:
        return None
    variance = square / steps - (mean / steps).square()
    by_dimension, active = (kl / steps).flatten(1).sum(1), (variance > ACTIVE).flatten(1).sum(1)
    return PosteriorStats(
        by_dimension.sum().item(),
        tuple(by_dimension.tolist()),
        int(active.sum()),
        variance.numel(),
        tuple(map(int, active)),
    )


def _kl(own: Gaussian, other: Gaussian) -> Tensor:
    """KL(own || other) of every number by itself: each is a dimension of its own."""
    return (
        Gaussian(*(x.reshape(1, -1, 1) for x in own))
        .kl(Gaussian(*(x.reshape(1, -1, 1) for x in other)))
        .view_as(own.mean)
    )


def _summed(values: Tensor) -> Tensor:
    """[rows, Z, ...] summed over rows, in float64 on the CPU: [Z, 1] or [Z, H, W]."""
    total = values.double().sum(0).cpu()
    return total.unsqueeze(-1) if total.dim() == 1 else total
