"""Filters for predicted frames that are fed back."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vidpred import Filter, at_least_float32

LEVELS = 256


class Histogram(Filter):
    """Match the histogram of each channel of a predicted frame to that of the frame that it was predicted from.

    Frames in [0, 1] are quantized to 8 bits, round(255 * x). Level k of the prediction is mapped to the level at which
    the cumulative histogram of the previous frame has the value that the prediction's has at k, interpolated linearly
    between the levels that occur in the previous frame. This equals scikit-image's `match_histograms` before rounding.
    NaN pixels stay NaN.
    """

    name = "histogram"
    reference = (
        "histogram specification, Gonzalez & Woods, Digital Image Processing, 3.3; scikit-image's match_histograms"
    )

    def __call__(self, prediction: Tensor, previous: Tensor) -> Tensor:
        source = _levels(prediction)
        mapping = _match_levels(_histogram(source), _histogram(_levels(previous)))
        matched = (mapping.gather(1, source) / (LEVELS - 1)).view(prediction.shape).to(prediction.dtype)
        return matched.masked_fill(prediction.isnan(), math.nan)


def _levels(frames: Tensor) -> Tensor:
    """Quantize frames [B, C, H, W] to int64 levels [B * C, H * W]."""
    return (at_least_float32(frames).nan_to_num(0).clamp(0, 1) * (LEVELS - 1)).round().long().flatten(0, 1).flatten(1)


def _histogram(levels: Tensor) -> Tensor:
    """Count how often each level occurs in a row: [N, P] -> int64 [N, 256]."""
    return levels.new_zeros(len(levels), LEVELS).scatter_add_(1, levels, torch.ones_like(levels))


def _match_levels(source: Tensor, reference: Tensor) -> Tensor:
    """Return the level that each source level is mapped to, float64 [N, 256].

    `source` and `reference` are histograms [N, 256] of equally many pixels. Levels that do not occur in `source` are
    mapped to arbitrary levels.
    """
    quantiles, known = source.cumsum(1), reference.cumsum(1)
    upper = torch.searchsorted(known, quantiles)  # the first level that reaches it, so it occurs
    count = reference.gather(1, upper)
    below = known.gather(1, upper) - count
    lower = torch.searchsorted(known, below).where(below > 0, upper)  # the level before it that occurs, if any
    return lower + (upper - lower) * ((quantiles - below).double() / count)
