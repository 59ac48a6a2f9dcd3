"""What there is to see of a run: the engine hands it over, and whoever draws needs to know nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor


def frame_psnr(frames: Tensor, truth: Tensor) -> Tensor:
    """dB of each frame [..., C, H, W] with range 1; at most 100."""
    return -10 * (frames - truth).square().flatten(-3).mean(-1).clamp(min=1e-10).log10()


class Preview(NamedTuple):
    """A few clips and their predictions, float in [0, 1] on the CPU. Predictions have frames 1 .. T-1."""

    truth: Tensor  # [B, T, C, H, W]
    posterior: Tensor  # [B, T-1, C, H, W], made from the posterior's mean
    samples: Tensor  # [B, N, T-1, C, H, W], made from the prior
    psnr: Tensor  # [B, N, T-past], dB of each sample's predicted frames
    past: int
    length: int  # frames of the whole clip: T or, where only its beginning is shown, more

    def best(self) -> tuple[Tensor, Tensor]:
        """The sample with the highest mean PSNR of each clip, [B, T-1, C, H, W], and its PSNR [B, T-past]."""
        rows, best = torch.arange(len(self.psnr)), self.psnr.mean(2).argmax(1)
        return self.samples[rows, best], self.psnr[rows, best]

    def references(self) -> tuple[Tensor, Tensor]:
        """PSNR [B, T-past] of what the samples are seen beside: of the posterior's frames, and of the last given frame, copied."""
        truth = self.truth[:, self.past :]
        return frame_psnr(self.posterior[:, self.past - 1 :], truth), frame_psnr(
            self.truth[:, self.past - 1 : self.past], truth
        )


class PerFrame(NamedTuple):
    """A validation's figures frame by frame, means over clips; `first` is the first predicted frame."""

    epoch: int
    first: int
    predicted: Mapping[str, Sequence[float]]
    copy_last: Mapping[str, Sequence[float]]


class Pictures(NamedTuple):
    """All that is drawn after an epoch. `history` has the records of metrics.jsonl."""

    epoch: int
    preview: Preview
    history: Sequence[Mapping[str, Any]]
    per_frame: PerFrame | None  # of the last validation, if there was one


Draw = Callable[[Path, Pictures], Path]  # into this run folder -> the preview's GIF
