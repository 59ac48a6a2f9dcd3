"""What a preview shows: a few clips, free-running from the posterior's mean and from the prior."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from statistics import fmean

import torch
from torch import Tensor

from vidpred.contracts.model import Model
from vidpred.contracts.pictures import PerFrame, Preview
from vidpred.contracts.values import Rollout, at_least_float32
from vidpred.engine.clips import Batch
from vidpred.engine.conduct import Conduct
from vidpred.engine.evaluate import Scores
from vidpred.engine.randomness import KeyedNoise

CLIPS, FUTURE = 4, 62       # clips and predicted frames shown at most: pictures of 600 frames show nothing, and take minutes


def preview(model: Model, batch: Batch, conduct: Conduct, *, seed: int, samples: int, length: int) -> Preview:
    """Predict these clips: once from the posterior, `samples` times from the prior, with the noise of `evaluate`."""
    clip = batch.clip(conduct.compute.device)
    once = KeyedNoise([(seed, "evaluate", pick.clip, pick.start, 0) for pick in batch.picks])
    each = KeyedNoise([(seed, "evaluate", pick.clip, pick.start, sample) for pick in batch.picks for sample in range(samples)])
    posterior = _frames(conduct.predict(model, clip, once, mode="reconstruct"))
    sampled = torch.stack(_frames(conduct.predict(model, clip, each, samples=samples)).tensor_split(len(batch.picks)))
    truth, past = clip.frames.cpu(), conduct.past
    return Preview(truth, posterior, sampled, _psnr(sampled[:, :, past - 1:], truth[:, None, past:]), past, length)


def per_frame(epoch: int, first: int, scores: Scores) -> PerFrame:
    """A validation's figures, averaged over the clips that have the frame."""
    return PerFrame(epoch, first, *({name: _over_clips(rows) for name, rows in side.items()} for side in (scores.predicted, scores.copy_last)))


def _over_clips(rows: Sequence[Tensor]) -> list[float]:
    frames = zip_longest(*(row.tolist() for row in rows))
    return [fmean(value for value in values if value is not None) for values in frames]


def _frames(parts: Iterable[Rollout]) -> Tensor:
    return torch.cat([at_least_float32(part.frames).clamp(0, 1).cpu() for part in parts], 1)


def _psnr(frames: Tensor, truth: Tensor) -> Tensor:
    """dB of each frame [..., C, H, W] with range 1; at most 100."""
    return -10 * (frames - truth).square().flatten(-3).mean(-1).clamp(min=1e-10).log10()
