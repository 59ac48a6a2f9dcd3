"""What is measured, frame by frame."""

from __future__ import annotations

import torch
from torch import Tensor
from torchmetrics.functional.image import peak_signal_noise_ratio

from vidpred import Metric, VidpredError

WINDOW, SIGMA = 11, 1.5  # SSIM's, in pixels
C1, C2 = 0.01**2, 0.03**2  # K times the range, squared
HIGHEST = 100.0  # dB: squared errors are floored at 1e-10


class PSNR(Metric):
    """Peak signal-to-noise ratio in dB: squared error over C, H, W of one frame, floored at 1e-10 (100 dB), range 1."""

    name = "psnr"
    unit = "dB"
    definition = "dB of each frame's squared error over channels and pixels, at most 100, range 1"

    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor:
        ratio = peak_signal_noise_ratio(frames, truth, data_range=1.0, reduction="none", dim=(1, 2, 3))
        return ratio.clamp(max=HIGHEST)


class PSNRChannel(Metric):
    """Peak signal-to-noise ratio in dB of each channel by itself, then their mean: what SVG, SRVP and SLAMP report. Never less
    than `psnr`, and more where channels differ in their errors (Jensen's inequality)."""

    name = "psnr_channel"
    reference = "utils.py of github.com/edenton/svg: eval_seq"
    unit = "dB"
    definition = "dB of each channel's squared error over pixels, at most 100, range 1, mean over channels"

    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor:
        ratio = peak_signal_noise_ratio(
            frames.flatten(0, 1), truth.flatten(0, 1), data_range=1.0, reduction="none", dim=(1, 2)
        )
        return ratio.clamp(max=HIGHEST).view(frames.shape[:2]).mean(1)


class SSIM(Metric):
    """Structural similarity: 11x11 Gaussian window, sigma 1.5, K 0.01 and 0.03, range 1, valid region, per channel."""

    name = "ssim"
    reference = "Wang et al. 2004, doi:10.1109/TIP.2003.819861"
    definition = (
        "11x11 Gaussian, sigma 1.5, K 0.01 and 0.03, range 1, valid region, population covariance, mean over channels"
    )

    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor:
        if min(frames.shape[2:]) < WINDOW:
            raise VidpredError(
                f"ssim: its window is {WINDOW}x{WINDOW}, but frames are {frames.shape[2]}x{frames.shape[3]}; leave it out"
            )
        down, across = (_window(size, frames) for size in frames.shape[2:])

        def blurred(values: Tensor) -> Tensor:
            return down @ values @ across.T

        mean, true = blurred(frames), blurred(truth)
        variance = (blurred(frames.square()) - mean.square()).clamp(min=0) + (
            blurred(truth.square()) - true.square()
        ).clamp(min=0)
        covariance = blurred(frames * truth) - mean * true
        everywhere = (
            (2 * mean * true + C1) * (2 * covariance + C2) / ((mean.square() + true.square() + C1) * (variance + C2))
        )
        return everywhere.flatten(1).mean(1)


def _window(size: int, like: Tensor) -> Tensor:
    """The Gaussian at every place where it lies wholly inside, [size - 10, size]: a blur is two products of matrices, which take a
    tenth of the time of torchmetrics' 11x11 convolution, and no TensorFloat-32 on a GPU."""
    steps = torch.arange(WINDOW, dtype=torch.float64) - WINDOW // 2
    weights = (-steps.square() / (2 * SIGMA**2)).exp()
    places = torch.arange(size - WINDOW + 1)[:, None]
    made = torch.zeros(len(places), size, dtype=torch.float64).scatter_(
        1, places + torch.arange(WINDOW), (weights / weights.sum()).expand(len(places), -1)
    )
    return made.to(like)


class MSE(Metric):
    """Squared error, mean over C, H, W of one frame, range 1."""

    name = "mse"
    higher_is_better = False
    definition = "squared error, mean over channels and pixels, range 1"

    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor:
        return (frames - truth).square().flatten(1).mean(1)
