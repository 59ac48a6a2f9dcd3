"""Predictions for previews: a few clips, free-running from the posterior's mean and from the prior."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from statistics import fmean

import torch
from torch import Tensor

from vidpred.contracts.model import Model
from vidpred.contracts.tensors import Rollout, at_least_float32
from vidpred.data.loader import Batch
from vidpred.engine.runner import RolloutRunner
from vidpred.evaluation.preview_types import PerFrame, Preview, frame_psnr
from vidpred.evaluation.scoring import Sampling, Scores

CLIPS, FUTURE = 4, 62  # clips and predicted frames shown at most: 600 frames fit no picture, and take minutes to draw


def predict_preview(model: Model, batch: Batch, runner: RolloutRunner, sampling: Sampling, clip_length: int) -> Preview:
    """Predict these clips: once from the posterior, and samples from the prior, with the noise of `score`."""
    clip = batch.clip(runner.compute.device)
    reconstruction = runner.predict(model, clip, sampling.noise(batch, [0]), mode="reconstruct")
    posterior = _join_frames(reconstruction)
    samples = predict_samples(model, batch, runner, sampling, numbers=range(sampling.samples))
    truth, past = clip.frames.cpu(), runner.past
    psnr = frame_psnr(samples[:, :, past - 1 :], truth[:, None, past:])
    return Preview(truth, posterior, samples, psnr, past, clip_length)


def predict_samples(
    model: Model, batch: Batch, runner: RolloutRunner, sampling: Sampling, numbers: Sequence[int]
) -> Tensor:
    """Predict the samples of these numbers, as `score` draws them: [B, len(numbers), T-1, C, H, W] on the CPU."""
    noise = sampling.noise(batch, numbers)
    clip = batch.clip(runner.compute.device)
    frames = _join_frames(runner.predict(model, clip, noise, samples=len(numbers)))
    return frames.view(len(batch.window_indices), len(numbers), *frames.shape[1:])


def mean_per_frame(epoch: int, first: int, scores: Scores) -> PerFrame:
    """Return a validation's values frame by frame: means over the clips that have the frame."""
    predicted, copied = (
        {name: _mean_over_clips(rows) for name, rows in by_metric.items()}
        for by_metric in (scores.predicted, scores.copy_last)
    )
    return PerFrame(epoch, first, predicted, copied)


def _mean_over_clips(rows: Sequence[Tensor]) -> list[float]:
    frames = zip_longest(*(row.tolist() for row in rows))
    return [fmean(value for value in values if value is not None) for values in frames]


def _join_frames(stretches: Iterable[Rollout]) -> Tensor:
    return torch.cat([at_least_float32(stretch.frames).clamp(0, 1).cpu() for stretch in stretches], 1)
