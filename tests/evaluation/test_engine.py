"""N samples as a batch, best and worst of them, intervals, the condition gap, the posterior's health, BatchNorm by the batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from scipy.stats import t as student, ttest_1samp
from torch import Tensor, nn

from vidpred import Clip, Gaussian, Rollout
from vidpred.builtin.metrics.mse import MSE
from vidpred.builtin.metrics.psnr import PSNR
from vidpred.contracts.metric_info import MetricInfo
from vidpred.contracts.nested import spread
from vidpred.data.loader import Batch
from vidpred.data.sampler import WindowIndex
from vidpred.engine.batch_norm import use_batch_statistics
from vidpred.engine.device import ComputeDevice
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.runner import RolloutRunner
from vidpred.errors import VidpredError
from vidpred.evaluation.confidence import figure, quantile
from vidpred.evaluation.evaluate import evaluate
from vidpred.evaluation.posterior_stats import health
from vidpred.evaluation.result import Result
from vidpred.evaluation.scoring import Measured, clips_at_once, measure

CPU = ComputeDevice(torch.device("cpu"))
PAST, LENGTH, CLIPS = 2, 6, 5
METRICS = {"psnr": PSNR(PSNR.Config()), "mse": MSE(MSE.Config())}


class Walk(nn.Module):
    """Frame t is frame t-1, moved by the latent and by the condition. Counts what it encodes."""

    def __init__(self, posterior: bool = True) -> None:
        super().__init__()
        self.posterior, self.encoded, self.widest = posterior, 0, 0

    def look_ahead(self, clip: Clip, steps: Any, before: Any, window: Any) -> LookAhead:
        self.encoded += len(clip.frames) * sum(step.feed == "truth" for step in steps)
        return LookAhead(clip, 1)

    def predict(
        self, stretch: Any, ahead: LookAhead, frame: Tensor | None, state: Any, noise: Any
    ) -> tuple[Rollout, Any]:
        made, latents, priors = [], [], []
        for step in stretch:
            fed = frame if step.feed == "prediction" else ahead.clip.frames[:, step.t - 1]
            assert fed is not None
            self.widest = max(self.widest, len(fed))
            prior = Gaussian(fed.new_zeros(len(fed), 3), fed.new_zeros(len(fed), 3))
            latent = prior
            if self.posterior and step.latent != "prior":
                level = ahead.clip.frames[:, step.t].mean((1, 2, 3))
                latent = Gaussian(
                    torch.stack([level, 0 * level + 0.3, 0 * level], 1),
                    torch.tensor([-2.0, 0.0, 0.0]).expand(len(fed), 3),
                )
            z = latent.mean if step.latent == "posterior_mean" else latent.sample(noise(step.t, latent.mean))
            moved = 0.05 * z[:, 0] + 0.1 * ahead.clip.conditions[:, step.t, 0]
            frame = (fed + moved[:, None, None, None]).clamp(0, 1)
            for kept, value in ((made, frame), (latents, latent), (priors, prior)):
                kept.append(value)
        stacked = [
            Gaussian(*(torch.stack(x, 1) for x in zip(*gaussians, strict=True))) for gaussians in (latents, priors)
        ]
        return Rollout(tuple(stretch), torch.stack(made, 1), *stacked), None


class LookAhead:
    def __init__(self, clip: Clip, samples: int) -> None:
        self.clip = clip

    def at(self, steps: Any, samples: int) -> LookAhead:
        return LookAhead(spread(self.clip, samples), samples)


CONDUCT = RolloutRunner(PAST, CPU)


def batches(size: int, clips: int = CLIPS) -> Iterator[Batch]:
    source = torch.Generator().manual_seed(0)
    frames = torch.randint(60, 200, (clips, LENGTH, 3, 4, 4), generator=source, dtype=torch.uint8)
    conditions = torch.randn(clips, LENGTH, 2, generator=source)
    window_indices = [WindowIndex(clip, 0, LENGTH, clip) for clip in range(clips)]
    for i in range(0, clips, size):
        yield Batch(tuple(window_indices[i : i + size]), frames[i : i + size], conditions[i : i + size])


def measured(model: Any, size: int, samples: int, rows: int, seed: int = 0) -> Measured:
    return measure(model, batches(size), CONDUCT, METRICS, samples=samples, rows=rows, seed=seed)


@pytest.mark.parametrize(("size", "rows"), [(1, 1), (1, 3), (2, 14), (5, 1), (5, 17), (3, 1000)])
def test_neither_batch_size_nor_chunks_change_a_figure(size: int, rows: int) -> None:
    reference, other = measured(Walk(), 5, 7, 35), measured(Walk(), size, 7, rows)
    assert reference.frames == other.frames
    for metric in METRICS:
        assert [rows.shape for rows in other.samples[metric]] == [(7, LENGTH - PAST)] * CLIPS
        for own, expected in zip(other.samples[metric], reference.samples[metric], strict=True):
            assert torch.allclose(own, expected, atol=1e-5)


def test_samples_are_what_one_rollout_of_each_gives() -> None:
    found = measured(Walk(), 2, 3, 4)
    for place, batch in enumerate(batches(1)):
        clip = batch.clip(CPU.device)
        for number in range(3):
            made = CONDUCT.predict(Walk(), clip, KeyedNoise([(0, "evaluate", batch.window_indices[0].clip, 0, number)]))  # type: ignore[arg-type]
            frames = torch.cat([part.frames for part in made], 1)[0, PAST - 1 :]
            own = -10 * (frames - clip.frames[0, PAST:]).square().flatten(1).mean(1).log10()
            assert torch.allclose(found.samples["psnr"][place][number], own, atol=1e-4)
    assert not torch.equal(found.samples["psnr"][0][0], found.samples["psnr"][0][1])
    assert not torch.equal(measured(Walk(), 2, 3, 4, seed=1).samples["psnr"][0], found.samples["psnr"][0])


def test_the_first_sample_is_what_validation_predicts() -> None:
    validated = evaluate(Walk(), batches(2), CONDUCT, METRICS, seed=0)  # type: ignore[arg-type]
    found = measured(Walk(), 3, 4, 6)
    for metric in METRICS:
        for clip in range(CLIPS):
            assert torch.allclose(found.samples[metric][clip][0], validated.predicted[metric][clip], atol=1e-5)
            assert torch.equal(found.copies["copy_last"][metric][clip], validated.copy_last[metric][clip])


def test_copies_are_of_the_last_and_of_the_first_given_frame() -> None:
    found, (batch,) = measured(Walk(), 2, 1, 4), batches(CLIPS)
    frames = batch.frames.float() / 255
    for copy, place in (("copy_last", 1), ("copy_first", 0)):
        own = (frames[:, PAST:] - frames[:, place, None]).square().flatten(2).mean(2)
        assert torch.allclose(torch.stack(list(found.copies[copy]["mse"])), own, atol=1e-6)


def test_rows_bound_what_is_computed_at_once_and_given_frames_are_encoded_once() -> None:
    for size, samples, rows, widest in ((1, 10, 4, 4), (1, 10, 100, 10), (2, 10, 8, 8), (5, 3, 5, 5)):
        model = Walk()
        measured(model, size, samples, rows)
        assert model.widest <= rows and model.widest >= widest - 1
        assert model.encoded == CLIPS * PAST, "frames 0 and 1 of each clip, however many chunks"
    assert (
        clips_at_once(100, 64, 30) == 1
        and clips_at_once(4, 64, 30) == 16
        and clips_at_once(1, 64, 630) == 1
        and clips_at_once(1, 64, 30) == 17
    )


def test_the_hash_of_the_frames_hangs_on_the_frames_alone() -> None:
    one = measured(Walk(), 2, 1, 4).frames
    assert one == measured(Walk(), 3, 2, 4, seed=5).frames
    changed = [batch._replace(frames=batch.frames + (batch.window_indices[0].clip == 4)) for batch in batches(1)]
    assert measure(Walk(), changed, CONDUCT, METRICS, samples=1, rows=4, seed=0).frames != one  # type: ignore[arg-type]


# best, mean and worst


def result(samples: dict[str, list[Tensor]], clips: int) -> Result:
    copies = {
        copy: {metric: [rows[0] * 0 for rows in columns] for metric, columns in samples.items()}
        for copy in ("copy_last", "copy_first")
    }
    about = {"psnr": MetricInfo("dB", True, "PSNR"), "mse": MetricInfo("", False, "Squared error")}
    terms = {"past": 1, "samples": 3, "metrics": {}}
    return Result(
        "x", "", terms, about, Measured(samples, copies, ""), [f"clip {n}" for n in range(clips)], None, None, {}, []
    )


def test_each_metric_picks_its_own_best_sample_by_its_mean_over_frames() -> None:
    psnr = torch.tensor([[10.0, 30.0], [21.0, 21.0], [26.0, 10.0]])  # means 20, 21, 18: not the best single frame
    mse = torch.tensor([[0.3, 0.1], [0.3, 0.3], [0.1, 0.1]])  # means 0.2, 0.3, 0.1
    found = result({"psnr": [psnr], "mse": [mse]}, 1)
    assert (found.best("psnr"), found.worst("psnr"), found.best("mse"), found.worst("mse")) == ([1], [2], [2], [1])
    figures = {
        name: {column: value.mean for column, value in columns.items()} for name, columns in found.figures.items()
    }
    assert figures["psnr"] == pytest.approx(
        {"best": 21.0, "mean": 59 / 3, "worst": 18.0, "one": 20.0, "copy_last": 0.0, "copy_first": 0.0}
    )
    assert figures["mse"] == pytest.approx(
        {"best": 0.1, "mean": 0.2, "worst": 0.3, "one": 0.2, "copy_last": 0.0, "copy_first": 0.0}
    )
    assert [row["best"] for row in found.per_frame() if row["metric"] == "psnr"] == [21.0, 21.0]


def test_means_are_over_frames_then_over_clips_and_frames_over_the_clips_that_have_them() -> None:
    found = result({"psnr": [torch.tensor([[10.0, 20.0, 30.0]]), torch.tensor([[40.0]])]}, 2)
    assert found.figures["psnr"]["one"].mean == 30.0  # (20 + 40) / 2, not (10 + 20 + 30 + 40) / 4
    rows = list(found.per_frame())
    assert [(row["frame"], row["clips"], row["one"]) for row in rows] == [(1, 2, 25.0), (2, 1, 20.0), (3, 1, 30.0)]
    assert [(row["clip"], row["where"], row["frames"], row["one"]) for row in found.per_clip()] == [
        (0, "clip 0", 3, 20.0),
        (1, "clip 1", 1, 40.0),
    ]


# intervals


def test_intervals_are_students() -> None:
    for freedom in (1, 2, 3, 4, 9, 30, 255, 1000):
        assert quantile(freedom) == pytest.approx(student.ppf(0.975, freedom), abs=1e-9)
    values = [20.0, 22.5, 19.0, 25.0]
    expected = ttest_1samp(values, 0).confidence_interval(0.95)
    found = figure(values)
    assert (found.mean, found.low, found.high) == pytest.approx((21.625, expected.low, expected.high))


def test_one_clip_has_no_interval_and_equal_clips_have_none_to_speak_of() -> None:
    assert figure([3.0]) == (3.0, None, None)
    assert figure([3.0, 3.0]) == (3.0, 3.0, 3.0)
    assert figure([3.0, float("inf")]).low is None


# the posterior


def test_active_units_and_kl_by_dimension() -> None:
    """Dimension 0 follows the frames, 1 is shifted but never changes, 2 is the prior: only the first is active (if it varies enough)."""

    def stretched(factor: int) -> Iterator[Batch]:
        levels = torch.tensor([0, 1, 2, 1, 2, 0], dtype=torch.uint8) * factor
        for clip in range(3):
            frames = levels.roll(clip)[:, None, None, None].expand(LENGTH, 3, 4, 4)[None]
            yield Batch((WindowIndex(clip, 0, LENGTH, clip),), frames, torch.zeros(1, LENGTH, 2))

    found = health(Walk(), stretched(100), CONDUCT)  # type: ignore[arg-type]
    assert found is not None
    level = torch.stack([batch.frames[0, PAST:, 0, 0, 0] for batch in stretched(100)]).double() / 255
    first = 0.5 * (torch.tensor(-2.0).exp() + level.square() + 2.0 - 1.0).mean().item()
    assert found.kl_per_dimension == pytest.approx((first, 0.045, 0.0), abs=1e-6)
    assert found.kl == pytest.approx(first + 0.045, abs=1e-6)
    assert level.var(correction=0) > 0.01 and (found.active, found.units, found.active_per_dimension) == (
        1,
        3,
        (1, 0, 0),
    )
    faint = health(Walk(), stretched(10), CONDUCT)  # type: ignore[arg-type]
    assert faint is not None and faint.active == 0  # variance of about 0.001


def test_a_model_without_a_posterior_has_no_health() -> None:
    assert health(Walk(posterior=False), batches(2), CONDUCT) is None  # type: ignore[arg-type]


class Map(Walk):
    """The same latent, as a map of 2 x 4 places."""

    def predict(self, *arguments: Any) -> tuple[Rollout, Any]:
        made, state = super().predict(*arguments)
        return made._replace(
            **{
                name: Gaussian(*(x[..., None, None].expand(*x.shape, 2, 4) for x in getattr(made, name)))
                for name in ("latent", "prior")
            }
        ), state


def test_latent_maps_count_every_place_and_sum_their_kl() -> None:
    flat, maps = (health(model, batches(2), CONDUCT) for model in (Walk(), Map()))  # type: ignore[arg-type]
    assert flat is not None and maps is not None
    assert maps.units == 8 * flat.units and maps.active == 8 * flat.active and len(maps.kl_per_dimension) == 3
    assert maps.kl_per_dimension == pytest.approx([8 * kl for kl in flat.kl_per_dimension])


# BatchNorm


def test_batch_statistics_are_the_batchs_and_leave_no_trace() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).eval()
    frames = torch.rand(6, 3, 8, 8)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    running = network(frames)
    with use_batch_statistics(network):
        own = network(frames)
        assert torch.allclose(own.mean((0, 2, 3)), torch.zeros(4), atol=1e-5)
        assert not torch.allclose(network(frames[:2]), own[:2], atol=1e-3), "it hangs on its batch mates"
    assert torch.equal(network(frames), running)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    twin = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    twin.load_state_dict(before)
    assert torch.allclose(twin.train()(frames), own, atol=1e-6)
    with pytest.raises(VidpredError, match="needs 2 clips"), use_batch_statistics(network):
        nn.Sequential(nn.AdaptiveAvgPool2d(1), network[1])(torch.rand(1, 4, 2, 2))
