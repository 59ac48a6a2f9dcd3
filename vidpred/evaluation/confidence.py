"""95 % confidence intervals of a mean over clips, by Student's t distribution. No torch here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from statistics import fmean, stdev
from typing import NamedTuple

LEVEL = 0.95


class Figure(NamedTuple):
    """A mean over clips, and the interval that holds the true mean in 95 of 100 such draws of clips; no interval for one clip."""

    mean: float
    low: float | None = None
    high: float | None = None


def figure(values: Sequence[float]) -> Figure:
    """The mean of one value a clip. Clips are taken to be independent, and their mean to be about normal."""
    mean = fmean(values)
    if len(values) < 2 or not all(map(math.isfinite, values)):
        return Figure(mean)
    half = quantile(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Figure(mean, mean - half, mean + half)


@cache
def quantile(freedom: int) -> float:
    """t such that |T| <= t with probability 0.95, for so many degrees of freedom: by halving an interval."""
    low, high = 0.0, 13.0  # 12.706 for one degree, less for more
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < LEVEL else (low, middle)
    return (low + high) / 2


def _within(t: float, freedom: int) -> float:
    """The probability of |T| <= t. Abramowitz & Stegun 1964, 26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term, total = (cosine if odd else 1.0), 0.0
    for k in range(2 + odd, freedom + 1, 2):
        total += term
        term *= cosine**2 * (k - 1) / k
    return (angle + sine * total) * 2 / math.pi if odd else sine * total
