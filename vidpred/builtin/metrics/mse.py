"""Mean squared error of a frame."""

from __future__ import annotations

from torch import Tensor

from vidpred import Metric


class MSE(Metric):
    """Squared error, mean over C, H, W of one frame, range 1."""

    name = "mse"
    title = "Squared error"
    higher_is_better = False
    definition = "squared error, mean over channels and pixels, range 1"

    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor:
        return (frames - truth).square().flatten(1).mean(1)
