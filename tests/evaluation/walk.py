"""A model whose predictions can be computed by hand, and clips for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from vidpred import Clip, Gaussian, Rollout
from vidpred.builtin.metrics.mse import MSE
from vidpred.builtin.metrics.psnr import PSNR
from vidpred.contracts.nested import spread
from vidpred.data.loader import Batch
from vidpred.data.sampler import WindowIndex
from vidpred.engine.device import ComputeDevice
from vidpred.engine.runner import RolloutRunner

CPU = ComputeDevice(torch.device("cpu"))
PAST, LENGTH, CLIPS = 2, 6, 5
METRICS = {"psnr": PSNR(PSNR.Config()), "mse": MSE(MSE.Config())}
RUNNER = RolloutRunner(PAST, CPU)


class Walk(nn.Module):
    """Frame t is frame t-1, moved by the latent and by the condition. Counts the frames it encodes."""

    def __init__(self, has_posterior: bool = True) -> None:
        super().__init__()
        self.has_posterior, self.encoded, self.most_rows = has_posterior, 0, 0

    def look_ahead(self, clip: Clip, steps: Any, before: Any, steps_per_call: Any) -> ClipAhead:
        self.encoded += len(clip.frames) * sum(step.feed == "truth" for step in steps)
        return ClipAhead(clip)

    def predict(
        self, stretch: Any, ahead: ClipAhead, frame: Tensor | None, state: Any, noise: Any
    ) -> tuple[Rollout, Any]:
        frames, latents, priors = [], [], []
        for step in stretch:
            fed = frame if step.feed == "prediction" else ahead.clip.frames[:, step.t - 1]
            assert fed is not None
            self.most_rows = max(self.most_rows, len(fed))
            prior = Gaussian(fed.new_zeros(len(fed), 3), fed.new_zeros(len(fed), 3))
            latent = prior if step.latent == "prior" or not self.has_posterior else self._posterior(ahead, step.t)
            z = latent.mean if step.latent == "posterior_mean" else latent.sample(noise(step.t, latent.mean))
            moved = 0.05 * z[:, 0] + 0.1 * ahead.clip.conditions[:, step.t, 0]
            frame = (fed + moved[:, None, None, None]).clamp(0, 1)
            for values, value in ((frames, frame), (latents, latent), (priors, prior)):
                values.append(value)
        return Rollout(tuple(stretch), torch.stack(frames, 1), _stack(latents), _stack(priors)), None

    def _posterior(self, ahead: ClipAhead, t: int) -> Gaussian:
        """Dimension 0 follows the true frame, 1 is shifted but never changes, 2 is the prior."""
        level = ahead.clip.frames[:, t].mean((1, 2, 3))
        mean = torch.stack([level, 0 * level + 0.3, 0 * level], 1)
        return Gaussian(mean, torch.tensor([-2.0, 0.0, 0.0]).expand(len(level), 3))


class ClipAhead:
    def __init__(self, clip: Clip) -> None:
        self.clip = clip

    def at(self, steps: Any, samples: int) -> ClipAhead:
        return ClipAhead(spread(self.clip, samples))


def _stack(gaussians: list[Gaussian]) -> Gaussian:
    return Gaussian(*(torch.stack(values, 1) for values in zip(*gaussians, strict=True)))


def random_batches(size: int, clips: int = CLIPS) -> Iterator[Batch]:
    source = torch.Generator().manual_seed(0)
    frames = torch.randint(60, 200, (clips, LENGTH, 3, 4, 4), generator=source, dtype=torch.uint8)
    conditions = torch.randn(clips, LENGTH, 2, generator=source)
    window_indices = [WindowIndex(clip, 0, LENGTH, clip) for clip in range(clips)]
    for i in range(0, clips, size):
        yield Batch(tuple(window_indices[i : i + size]), frames[i : i + size], conditions[i : i + size])
