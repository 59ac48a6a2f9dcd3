"""Posterior-collapse statistics: KL by latent dimension, and active units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from vidpred.contracts.model import Model
from vidpred.contracts.tensors import Gaussian, at_least_float32
from vidpred.data.loader import Batch
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.runner import RolloutRunner
from vidpred.evaluation.scoring import ProgressCallback

ACTIVE = (
    0.01  # variance of the posterior's mean over the data above which a unit is active (Burda et al. 2016, section 5)
)
DEFINITION = (
    "a unit is active where the posterior's mean varies over clips and predicted frames with a variance above "
    f"{ACTIVE:g} (Burda et al. 2016, arXiv:1509.00519); KL in nats of a step, true frames fed"
)


@dataclass(frozen=True)
class PosteriorStats:
    """KL between posterior and prior, and active units of the posterior.

    `kl`: nats per step, summed over all latent dimensions; `kl_per_dimension` [Z], for latent maps summed over
    each map. `active` of the latent's `units` numbers are active, `active_per_dimension` [Z] of each dimension.
    """

    kl: float
    kl_per_dimension: tuple[float, ...]
    active: int
    units: int
    active_per_dimension: tuple[int, ...]


@dataclass
class _Sums:
    """Sums over steps, [Z, 1] or [Z, H, W] each, in float64."""

    steps: int = 0
    kl: Tensor = field(default_factory=lambda: torch.zeros(()))
    mean: Tensor = field(default_factory=lambda: torch.zeros(()))
    square: Tensor = field(default_factory=lambda: torch.zeros(()))

    def add(self, latent: Gaussian, prior: Gaussian) -> None:
        """Add steps [rows, Z, ...]."""
        self.steps += len(latent.mean)
        self.kl = self.kl + _sum_rows(_kl_of_each(latent, prior))
        self.mean = self.mean + _sum_rows(latent.mean)
        self.square = self.square + _sum_rows(latent.mean.double().square())


def measure_posterior(
    model: Model, batches: Iterable[Batch], runner: RolloutRunner, on_progress: ProgressCallback = lambda _: None
) -> PosteriorStats | None:
    """Infer the latents of all frames after the given ones, every step fed with the true frame.

    Returns None for a model without a posterior or without latents.
    """
    if not model.has_posterior:
        return None
    sums = _Sums()
    for batch in batches:
        clip = batch.clip(runner.compute.device)
        teacher_forced = replace(runner, past=clip.conditions.shape[1])
        noise = KeyedNoise([("posterior", window_index.clip) for window_index in batch.window_indices])
        for stretch in teacher_forced.predict(model, clip, noise, mode="reconstruct"):
            predicted = [index for index, step in enumerate(stretch.steps) if step.t >= runner.past]
            if predicted and stretch.latent.mean.numel():
                sums.add(_rows(stretch.latent, predicted), _rows(stretch.prior, predicted))
        on_progress(len(batch.window_indices))
    return _stats(sums) if sums.steps else None


def _stats(sums: _Sums) -> PosteriorStats:
    variance = sums.square / sums.steps - (sums.mean / sums.steps).square()
    kl_per_dimension = (sums.kl / sums.steps).flatten(1).sum(1)
    active = (variance > ACTIVE).flatten(1).sum(1)
    return PosteriorStats(
        kl_per_dimension.sum().item(),
        tuple(kl_per_dimension.tolist()),
        int(active.sum()),
        variance.numel(),
        tuple(map(int, active)),
    )


def _rows(gaussian: Gaussian, steps: list[int]) -> Gaussian:
    """Take these steps of [B, S, Z, ...], as rows [B * steps, Z, ...]."""
    return Gaussian(*(at_least_float32(x)[:, steps].flatten(0, 1) for x in gaussian))


def _kl_of_each(latent: Gaussian, prior: Gaussian) -> Tensor:
    """KL(latent || prior) of every number by itself, as if each were a latent dimension."""
    own, other = (Gaussian(*(x.reshape(1, -1, 1) for x in gaussian)) for gaussian in (latent, prior))
    return own.kl(other).view_as(latent.mean)


def _sum_rows(values: Tensor) -> Tensor:
    """[rows, Z, ...] summed over rows, in float64 on the CPU: [Z, 1] or [Z, H, W]."""
    total = values.double().sum(0).cpu()
    return total.unsqueeze(-1) if total.dim() == 1 else total
