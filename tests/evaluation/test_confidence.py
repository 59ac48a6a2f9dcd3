"""Confidence intervals, beside scipy's."""

from __future__ import annotations

import pytest
from scipy.stats import t as student, ttest_1samp

from vidpred.evaluation.confidence import confidence_interval, t_quantile


def test_intervals_follow_the_t_distribution() -> None:
    for degrees in (1, 2, 3, 4, 9, 30, 255, 1000):
        assert t_quantile(degrees) == pytest.approx(student.ppf(0.975, degrees), abs=1e-9)
    values = [20.0, 22.5, 19.0, 25.0]
    expected = ttest_1samp(values, 0).confidence_interval(0.95)
    interval = confidence_interval(values)
    assert (interval.mean, interval.low, interval.high) == pytest.approx((21.625, expected.low, expected.high))


def test_one_clip_has_no_interval_and_equal_clips_have_an_empty_one() -> None:
    assert confidence_interval([3.0]) == (3.0, None, None)
    assert confidence_interval([3.0, 3.0]) == (3.0, 3.0, 3.0)
    assert confidence_interval([3.0, float("inf")]).low is None
