"""The measuring loop: samples in chunks, copies of given frames, validation."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.evaluation.walk import CLIPS, CPU, LENGTH, METRICS, PAST, RUNNER, Walk, random_batches
from vidpred.engine.randomness import KeyedNoise
from vidpred.evaluation.scoring import Measures, Sampling, Scores, clips_at_once, score


def scored(model: Any, size: int, samples: int, rows: int, seed: int = 0) -> Scores:
    return score(model, random_batches(size), RUNNER, Measures(METRICS), Sampling(seed, samples, rows))


@pytest.mark.parametrize(("size", "rows"), [(1, 1), (1, 3), (2, 14), (5, 1), (5, 17), (3, 1000)])
def test_neither_batch_size_nor_chunks_change_a_value(size: int, rows: int) -> None:
    reference, other = scored(Walk(), 5, 7, 35), scored(Walk(), size, 7, rows)
    for metric in METRICS:
        assert [samples.shape for samples in other.samples[metric]] == [(7, LENGTH - PAST)] * CLIPS
        for actual, expected in zip(other.samples[metric], reference.samples[metric], strict=True):
            assert torch.allclose(actual, expected, atol=1e-5)


def test_samples_equal_separate_rollouts() -> None:
    scores = scored(Walk(), 2, 3, 4)
    for index, batch in enumerate(random_batches(1)):
        clip = batch.clip(CPU.device)
        for number in range(3):
            noise = KeyedNoise([(0, "evaluate", batch.window_indices[0].clip, 0, number)])
            stretches = RUNNER.predict(Walk(), clip, noise)  # type: ignore[arg-type]
            frames = torch.cat([stretch.frames for stretch in stretches], 1)[0, PAST - 1 :]
            psnr = -10 * (frames - clip.frames[0, PAST:]).square().flatten(1).mean(1).log10()
            assert torch.allclose(scores.samples["psnr"][index][number], psnr, atol=1e-4)
    assert not torch.equal(scores.samples["psnr"][0][0], scores.samples["psnr"][0][1])
    assert not torch.equal(scored(Walk(), 2, 3, 4, seed=1).samples["psnr"][0], scores.samples["psnr"][0])


def test_the_first_sample_equals_the_prediction_of_validation() -> None:
    model: Any = Walk()
    validation = score(model, random_batches(2), RUNNER, Measures.of_validation(METRICS), Sampling(0))
    scores = scored(Walk(), 3, 4, 6)
    assert list(validation.predicted) == ["loss", *METRICS] and list(validation.copies) == ["copy_last"]
    for metric in METRICS:
        for clip in range(CLIPS):
            assert torch.allclose(scores.predicted[metric][clip], validation.predicted[metric][clip], atol=1e-5)
            assert torch.equal(scores.copies["copy_last"][metric][clip], validation.copy_last[metric][clip])


def test_copies_are_of_the_last_and_of_the_first_given_frame() -> None:
    scores, (batch,) = scored(Walk(), 2, 1, 4), random_batches(CLIPS)
    frames = batch.frames.float() / 255
    for copy, given in (("copy_last", 1), ("copy_first", 0)):
        error = (frames[:, PAST:] - frames[:, given, None]).square().flatten(2).mean(2)
        assert torch.allclose(torch.stack(list(scores.copies[copy]["mse"])), error, atol=1e-6)


@pytest.mark.parametrize(
    ("size", "samples", "rows", "most_rows"), [(1, 10, 4, 4), (1, 10, 100, 10), (2, 10, 8, 8), (5, 3, 5, 5)]
)
def test_rows_bound_a_chunk_and_given_frames_are_encoded_once(
    size: int, samples: int, rows: int, most_rows: int
) -> None:
    model = Walk()
    scored(model, size, samples, rows)
    assert most_rows - 1 <= model.most_rows <= rows
    assert model.encoded == CLIPS * PAST, "frames 0 and 1 of each clip, however many chunks"


def test_clips_of_a_chunk_fit_the_rows_and_bound_what_is_read() -> None:
    assert (clips_at_once(100, 64, 30), clips_at_once(4, 64, 30)) == (1, 16)
    assert (clips_at_once(1, 64, 630), clips_at_once(1, 64, 30)) == (1, 17)


def test_progress_counts_every_sample() -> None:
    progress: list[int] = []
    model: Any = Walk()
    score(model, random_batches(2), RUNNER, Measures(METRICS), Sampling(0, 7, 4), progress.append)
    assert sum(progress) == 7 * CLIPS and max(progress) <= 4
