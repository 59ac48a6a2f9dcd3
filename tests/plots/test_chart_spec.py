"""The description of a chart, and the rules of both renderers."""

from __future__ import annotations

import pytest

from vidpred.plots.chart_spec import BestPoint, ChartSpec, Series, best_point, run_role, spans_log_axis


def series(*values: float | None, role: str = "train") -> Series:
    return Series(label="a", role=role, values=values)


@pytest.mark.parametrize(
    ("values", "is_log"),
    [([1.0, 20.0], True), ([1.0, 19.9], False), ([0.0, 20.0], False), ([-1.0, 50.0], False), ([], False)],
)
def test_an_axis_is_logarithmic_if_positive_values_span_a_factor_of_20(values: list[float], is_log: bool) -> None:
    assert spans_log_axis(values) == is_log


def test_an_axis_is_logarithmic_only_where_that_is_allowed() -> None:
    chart = ChartSpec(title="Loss", x=[0, 1], series=[series(1.0, 100.0)], allow_log=True)
    assert chart.is_log and not ChartSpec(title="PSNR", x=[0, 1], series=chart.series).is_log


def test_series_without_values_are_not_drawn() -> None:
    chart = ChartSpec(title="Loss", x=[0, 1], series=[series(None, None), series(None, 1.0)])
    assert chart.series_with_values == [chart.series[1]]


@pytest.mark.parametrize(
    ("higher_is_better", "expected"), [(True, BestPoint("a", 2, 21.0)), (False, BestPoint("a", 0, 19.0)), (None, None)]
)
def test_the_best_point_is_the_first_of_equals(higher_is_better: bool | None, expected: BestPoint | None) -> None:
    assert best_point(series(19.0, None, 21.0, 21.0, 19.0), range(5), higher_is_better) == expected


def test_runs_after_the_eighth_share_a_style() -> None:
    assert [run_role(index) for index in (0, 7, 8, 20)] == ["run_1", "run_8", "other_run", "other_run"]
