"""95 % confidence intervals of a mean over clips, by Student's t distribution. No torch here.

scipy.stats.t would do the same, but scipy is not a dependency, its import takes longer than `vidpred --help`, and its
quantiles differ in the last digits from those in the results that exist.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from statistics import fmean, stdev
from typing import NamedTuple

LEVEL = 0.95


class Interval(NamedTuple):
    """A mean over clips and its 95 % confidence interval; a single clip has no interval."""

    mean: float
    low: float | None = None
    high: float | None = None


def confidence_interval(values: Sequence[float]) -> Interval:
    """Return the mean of one value per clip, and its interval.

    Clips are assumed to be independent, and their mean to be approximately normal.
    """
    mean = fmean(values)
    if len(values) < 2 or not all(map(math.isfinite, values)):
        return Interval(mean)
    half_width = t_quantile(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Interval(mean, mean - half_width, mean + half_width)


@cache
def t_quantile(degrees: int) -> float:
    """Return t such that |T| <= t with probability 0.95, for T with these degrees of freedom, by bisection."""
    low, high = 0.0, 13.0  # it is 12.706 for one degree, and less for more
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if _probability_within(middle, degrees) < LEVEL else (low, middle)
    return (low + high) / 2


def _probability_within(t: float, degrees: int) -> float:
    """The probability of |T| <= t. Abramowitz & Stegun 1964, 26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(degrees))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2
    term, total = (cosine if odd else 1.0), 0.0
    for k in range(2 + odd, degrees + 1, 2):
        total += term
        term *= cosine**2 * (k - 1) / k
    return (angle + sine * total) * 2 / math.pi if odd else sine * total
