"""Filters for frames that are fed back."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vidpred import Filter, at_least_float32

LEVELS = 256


class Histogram(Filter):
    """Gives each channel of a predicted frame the histogram of the frame that it was made from.

    Frames in [0, 1] are read as 8 bits, round(255 * x). Level k of the prediction becomes the level at which the previous
    frame's cumulative histogram is where the prediction's is at k, interpolated linearly between the levels that occur
    there: scikit-image's `match_histograms`, whose figures are met before they are rounded. Pixels that are not a number
    stay so.
    """

    name = "histogram"
    reference = (
        "histogram specification, Gonzalez & Woods, Digital Image Processing, 3.3; scikit-image's match_histograms"
    )

    def __call__(self, prediction: Tensor, previous: Tensor) -> Tensor:
        source = _levels(prediction)
        matched = _specification(_histogram(source), _histogram(_levels(previous))).gather(1, source)
        return (
            (matched / (LEVELS - 1))
            .view(prediction.shape)
            .to(prediction.dtype)
            .masked_fill(prediction.isnan(), math.nan)
        )


def _levels(frames: Tensor) -> Tensor:
    """Frames [B, C, H, W] -> int64 levels [B * C, H * W]."""
    return (at_least_float32(frames).nan_to_num(0).clamp(0, 1) * (LEVELS - 1)).round().long().flatten(0, 1).flatten(1)


def _histogram(levels: Tensor) -> Tensor:
    """How often each level occurs in a row: [N, P] -> int64 [N, 256]."""
    return levels.new_zeros(len(levels), LEVELS).scatter_add_(1, levels, torch.ones_like(levels))


def _specification(source: Tensor, reference: Tensor) -> Tensor:
    """What each level of `source` becomes, float64 [N, 256], from two histograms [N, 256] of as many pixels; anything for
    levels that do not occur."""
    quantiles, known = source.cumsum(1), reference.cumsum(1)
    upper = torch.searchsorted(known, quantiles)  # the first level that reaches it, so it occurs
    count = reference.gather(1, upper)
    below = known.gather(1, upper) - count
    lower = torch.searchsorted(known, below).where(below > 0, upper)  # the level before it that occurs, if any
    return lower + (upper - lower) * ((quantiles - below).double() / count)
