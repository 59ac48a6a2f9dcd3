"""What a preview shows: a few clips, free-running from the posterior's mean and from the prior."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from statistics import fmean

import torch
from torch import Tensor

from vidpred.contracts.model import Model
from vidpred.contracts.tensors import Rollout, at_least_float32
from vidpred.data.loader import Batch
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.runner import RolloutRunner
from vidpred.evaluation.evaluate import Scores
from vidpred.evaluation.preview_types import PerFrame, Preview, frame_psnr

CLIPS, FUTURE = 4, 62  # clips and predicted frames shown at most: pictures of 600 frames show nothing, and take minutes


def preview(model: Model, batch: Batch, runner: RolloutRunner, *, seed: int, samples: int, length: int) -> Preview:
    """Predict these clips: once from the posterior, `samples` times from the prior, with the noise of `evaluate`."""
    clip = batch.clip(runner.compute.device)
    once = KeyedNoise(
        [(seed, "evaluate", window_index.clip, window_index.start, 0) for window_index in batch.window_indices]
    )
    posterior = _frames(runner.predict(model, clip, once, mode="reconstruct"))
    sampled = futures(model, batch, runner, seed=seed, numbers=range(samples))
    truth, past = clip.frames.cpu(), runner.past
    return Preview(
        truth, posterior, sampled, frame_psnr(sampled[:, :, past - 1 :], truth[:, None, past:]), past, length
    )


def futures(model: Model, batch: Batch, runner: RolloutRunner, *, seed: int, numbers: Sequence[int]) -> Tensor:
    """The samples of these numbers, as `evaluate` and `measure` draw them: [B, len(numbers), T-1, C, H, W] on the CPU."""
    noise = KeyedNoise(
        [
            (seed, "evaluate", window_index.clip, window_index.start, number)
            for window_index in batch.window_indices
            for number in numbers
        ]
    )
    made = _frames(runner.predict(model, batch.clip(runner.compute.device), noise, samples=len(numbers)))
    return made.view(len(batch.window_indices), len(numbers), *made.shape[1:])


def per_frame(epoch: int, first: int, scores: Scores) -> PerFrame:
    """A validation's figures, averaged over the clips that have the frame."""
    return PerFrame(
        epoch,
        first,
        *({name: _over_clips(rows) for name, rows in side.items()} for side in (scores.predicted, scores.copy_last)),
    )


def _over_clips(rows: Sequence[Tensor]) -> list[float]:
    frames = zip_longest(*(row.tolist() for row in rows))
    return [fmean(value for value in values if value is not None) for values in frames]


def _frames(parts: Iterable[Rollout]) -> Tensor:
    return torch.cat([at_least_float32(part.frames).clamp(0, 1).cpu() for part in parts], 1)
