"""Peak signal-to-noise ratio: of all channels together, and channel by channel."""

from __future__ import annotations

from torch import Tensor
from torchmetrics.functional.image import peak_signal_noise_ratio

from vidpred import Metric

HIGHEST = 100.0  # dB: the squared error is floored at 1e-10


class PSNR(Metric):
    """Peak signal-to-noise ratio in dB: squared error over C, H, W of one frame, floored at 1e-10 (100 dB), range 1."""

    name = "psnr"
    title = "PSNR"
    unit = "dB"
    definition = "dB of each frame's squared error over channels and pixels, at most 100, range 1"

    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor:
        ratio = peak_signal_noise_ratio(frames, truth, data_range=1.0, reduction="none", dim=(1, 2, 3))
        return ratio.clamp(max=HIGHEST)


class PSNRChannel(Metric):
    """Peak signal-to-noise ratio in dB of each channel, averaged over channels: what SVG, SRVP and SLAMP report.

    Never lower than `psnr`, and higher if the channels' errors differ (Jensen's inequality).
    """

    name = "psnr_channel"
    reference = "utils.py of github.com/edenton/svg: eval_seq"
    title = "PSNR by channel"
    unit = "dB"
    definition = "dB of each channel's squared error over pixels, at most 100, range 1, mean over channels"

    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor:
        ratio = peak_signal_noise_ratio(
            frames.flatten(0, 1), truth.flatten(0, 1), data_range=1.0, reduction="none", dim=(1, 2)
        )
        return ratio.clamp(max=HIGHEST).view(frames.shape[:2]).mean(1)
