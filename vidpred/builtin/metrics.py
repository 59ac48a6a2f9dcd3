"""What is measured, frame by frame. torchmetrics computes."""
from __future__ import annotations

from torch import Tensor
from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

from vidpred import Metric

RADIUS = 5          # of the 11x11 window


class PSNR(Metric):
    """Peak signal-to-noise ratio in dB: squared error over C, H, W of one frame, floored at 1e-10 (100 dB), range 1."""

    name = "psnr"
    unit = "dB"

    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor:
        ratio = peak_signal_noise_ratio(frames, truth, data_range=1.0, reduction="none", dim=(1, 2, 3))
        return ratio.clamp(max=100.0)


class SSIM(Metric):
    """Structural similarity: 11x11 Gaussian window, sigma 1.5, K 0.01 and 0.03, range 1, valid region, per channel."""

    name = "ssim"
    reference = "Wang et al. 2004, doi:10.1109/TIP.2003.819861"

    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor:
        _, everywhere = structural_similarity_index_measure(
            frames, truth, gaussian_kernel=True, sigma=1.5, data_range=1.0, k1=0.01, k2=0.03, reduction="none", return_full_image=True)
        inside = everywhere[..., RADIUS:-RADIUS, RADIUS:-RADIUS]        # torchmetrics pads by reflection and averages that in
        return inside.flatten(1).mean(1)
