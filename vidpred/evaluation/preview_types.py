"""What a run hands over to be drawn after an epoch. What draws it needs to know nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor


def frame_psnr(frames: Tensor, truth: Tensor) -> Tensor:
    """Return the PSNR of each frame [..., C, H, W] in dB, with range 1: at most 100."""
    return -10 * (frames - truth).square().flatten(-3).mean(-1).clamp(min=1e-10).log10()


class Preview(NamedTuple):
    """A few clips and their predictions, float in [0, 1] on the CPU. Predictions have frames 1 .. T-1."""

    truth: Tensor  # [B, T, C, H, W]
    posterior: Tensor  # [B, T-1, C, H, W], predicted from the posterior's mean
    samples: Tensor  # [B, N, T-1, C, H, W], predicted from the prior
    psnr: Tensor  # [B, N, T-past], dB of each sample's predicted frames
    past: int
    length: int  # frames of the clips: T or, if only their beginning is shown, more

    def best(self) -> tuple[Tensor, Tensor]:
        """Return each clip's sample with the highest mean PSNR, [B, T-1, C, H, W], and its PSNR [B, T-past]."""
        rows, best = torch.arange(len(self.psnr)), self.psnr.mean(2).argmax(1)
        return self.samples[rows, best], self.psnr[rows, best]

    def references(self) -> tuple[Tensor, Tensor]:
        """Return the PSNR [B, T-past] of the posterior's frames, and of copying the last given frame."""
        truth = self.truth[:, self.past :]
        posterior, last = self.posterior[:, self.past - 1 :], self.truth[:, self.past - 1 : self.past]
        return frame_psnr(posterior, truth), frame_psnr(last, truth)


class PerFrame(NamedTuple):
    """A validation's values frame by frame, means over clips; `first` is the index of the first predicted frame."""

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


Draw = Callable[[Path, Pictures], Path]  # draws into this run folder, and returns the preview's GIF
