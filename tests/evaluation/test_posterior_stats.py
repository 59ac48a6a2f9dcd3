"""KL by latent dimension and active units, of a model whose posterior is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from tests.evaluation.walk import LENGTH, PAST, RUNNER, Walk, random_batches
from vidpred import Gaussian, Rollout
from vidpred.data.loader import Batch
from vidpred.data.sampler import WindowIndex
from vidpred.evaluation.posterior_stats import measure_posterior


def changing_batches(factor: int) -> Iterator[Batch]:
    """Three clips whose grey level changes by `factor`."""
    levels = torch.tensor([0, 1, 2, 1, 2, 0], dtype=torch.uint8) * factor
    for clip in range(3):
        frames = levels.roll(clip)[:, None, None, None].expand(LENGTH, 3, 4, 4)[None]
        yield Batch((WindowIndex(clip, 0, LENGTH, clip),), frames, torch.zeros(1, LENGTH, 2))


def test_active_units_and_kl_by_dimension() -> None:
    """Only dimension 0 follows the frames, so only it can be active."""
    stats = measure_posterior(Walk(), changing_batches(100), RUNNER)  # type: ignore[arg-type]
    assert stats is not None
    level = torch.stack([batch.frames[0, PAST:, 0, 0, 0] for batch in changing_batches(100)]).double() / 255
    first = 0.5 * (torch.tensor(-2.0).exp() + level.square() + 2.0 - 1.0).mean().item()
    assert stats.kl_per_dimension == pytest.approx((first, 0.045, 0.0), abs=1e-6)
    assert stats.kl == pytest.approx(first + 0.045, abs=1e-6)
    assert level.var(correction=0) > 0.01
    assert (stats.active, stats.units, stats.active_per_dimension) == (1, 3, (1, 0, 0))


def test_a_unit_that_hardly_varies_is_not_active() -> None:
    stats = measure_posterior(Walk(), changing_batches(10), RUNNER)  # type: ignore[arg-type]
    assert stats is not None and stats.active == 0  # variance of about 0.001


def test_a_model_without_a_posterior_has_no_statistics() -> None:
    assert measure_posterior(Walk(has_posterior=False), random_batches(2), RUNNER) is None  # type: ignore[arg-type]


class WithoutLatents(Walk):
    """A deterministic model: its latents are empty."""

    def predict(self, *arguments: Any) -> tuple[Rollout, Any]:
        rollout, state = super().predict(*arguments)
        empty = Gaussian(rollout.latent.mean[..., :0], rollout.latent.mean[..., :0])
        return rollout._replace(latent=empty, prior=empty), state


def test_a_model_without_latents_has_no_statistics() -> None:
    assert measure_posterior(WithoutLatents(), random_batches(2), RUNNER) is None  # type: ignore[arg-type]


class LatentMaps(Walk):
    """The same latent, as a map of 2 x 4 numbers."""

    def predict(self, *arguments: Any) -> tuple[Rollout, Any]:
        rollout, state = super().predict(*arguments)
        latent, prior = (
            Gaussian(*(x[..., None, None].expand(*x.shape, 2, 4) for x in gaussian))
            for gaussian in (rollout.latent, rollout.prior)
        )
        return rollout._replace(latent=latent, prior=prior), state


def test_latent_maps_count_every_number_and_sum_their_kl() -> None:
    models: Any = (Walk(), LatentMaps())
    flat, maps = (measure_posterior(model, random_batches(2), RUNNER) for model in models)
    assert flat is not None and maps is not None
    assert maps.units == 8 * flat.units and maps.active == 8 * flat.active and len(maps.kl_per_dimension) == 3
    assert maps.kl_per_dimension == pytest.approx([8 * kl for kl in flat.kl_per_dimension])
