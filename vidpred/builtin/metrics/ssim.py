"""Structural similarity of a frame."""

from __future__ import annotations

import torch
from torch import Tensor

from vidpred import Metric, VidpredError

WINDOW, SIGMA = 11, 1.5  # of the Gaussian, in pixels
C1, C2 = 0.01**2, 0.03**2  # (K times the range) squared


class SSIM(Metric):
    """Structural similarity: 11x11 Gaussian window, sigma 1.5, K 0.01 and 0.03, range 1, valid region, per channel."""

    name = "ssim"
    reference = "Wang et al. 2004, doi:10.1109/TIP.2003.819861"
    title = "SSIM"
    definition = (
        "11x11 Gaussian, sigma 1.5, K 0.01 and 0.03, range 1, valid region, population covariance, mean over channels"
    )

    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor:
        """Raises VidpredError if the frames are smaller than the window."""
        height, width = frames.shape[2:]
        if min(height, width) < WINDOW:
            raise VidpredError(f"ssim: its window is {WINDOW}x{WINDOW}, but frames are {height}x{width}; leave it out")
        rows, columns = _blur_matrix(height, frames), _blur_matrix(width, frames)

        def blur(values: Tensor) -> Tensor:
            return rows @ values @ columns.T

        mean, true_mean = blur(frames), blur(truth)
        variance = (blur(frames.square()) - mean.square()).clamp(min=0)
        true_variance = (blur(truth.square()) - true_mean.square()).clamp(min=0)
        covariance = blur(frames * truth) - mean * true_mean
        luminance = 2 * mean * true_mean + C1
        structure = 2 * covariance + C2
        normalizer = (mean.square() + true_mean.square() + C1) * (variance + true_variance + C2)
        return (luminance * structure / normalizer).flatten(1).mean(1)


def _blur_matrix(size: int, like: Tensor) -> Tensor:
    """The Gaussian at every position where it fits in completely, [size - 10, size].

    Blurring is then two matrix products. They take a tenth of the time of torchmetrics' 11x11 convolution and never use
    TensorFloat-32 on a GPU.
    """
    steps = torch.arange(WINDOW, dtype=torch.float64) - WINDOW // 2
    weights = (-steps.square() / (2 * SIGMA**2)).exp()
    starts = torch.arange(size - WINDOW + 1)[:, None]
    matrix = torch.zeros(len(starts), size, dtype=torch.float64)
    matrix.scatter_(1, starts + torch.arange(WINDOW), (weights / weights.sum()).expand(len(starts), -1))
    return matrix.to(like)
