"""The charts of a run and of an evaluation."""

from __future__ import annotations

from tests.plots.previews import record
from vidpred.contracts.metric_info import MetricInfo
from vidpred.plots.chart_spec import BestPoint
from vidpred.plots.run_charts import (
    evaluation_frames_chart,
    history_column,
    metric_chart,
    planned_schedule_charts,
    reset_epochs,
    validation_frames_chart,
)

PSNR = MetricInfo("dB", True, "PSNR")
COLUMNS = {name: [20.0 - rank, 19.0 - rank] for rank, name in enumerate(["best", "mean", "worst", "one"])}
COPIES = {"copy_last": [15.0, 14.0], "copy_first": [13.0, 12.0]}


def test_a_column_is_none_where_a_value_is_missing_or_not_a_number() -> None:
    history = [record(0), record(1, validate=None), record(2, validate={"psnr": "high"}), {"epoch": 3}]
    assert history_column(history, "validate", "psnr") == [19.0, None, None, None]


def test_resets_are_the_epochs_in_which_their_count_grows() -> None:
    counts = [0, 1, 1, None, 3]
    assert reset_epochs([record(epoch, resets=count) for epoch, count in enumerate(counts)]) == [1, 4]


def test_a_baseline_holds_for_all_epochs() -> None:
    chart = metric_chart([record(0, validate=None), record(1), record(2, validate=None)], "psnr", PSNR)
    assert chart.series[-1].label == "copy last" and chart.series[-1].values == [18.0] * 3
    assert chart.y_label == "PSNR (dB)"


def test_the_best_epoch_follows_the_direction_of_the_metric() -> None:
    history = [record(epoch, validate={"mae": value}) for epoch, value in enumerate([0.3, 0.18, 0.2])]
    chart = metric_chart(history, "mae", MetricInfo("", False, "MAE"))
    assert chart.best == BestPoint("validation", 1, 0.18)
    assert metric_chart(history, "mae", MetricInfo("", None, "MAE")).best is None


def test_the_best_of_several_samples_has_a_band_down_to_the_worst() -> None:
    chart = evaluation_frames_chart(PSNR, [2, 3], {**COLUMNS, **COPIES}, samples=10, past=2)
    labels = [series.label for series in chart.series]
    assert labels == ["best of 10", "mean of 10", "worst of 10", "copy last", "copy first"]
    assert (chart.series[0].low, chart.series[0].high) == (COLUMNS["worst"], COLUMNS["best"])


def test_a_single_sample_is_the_prediction() -> None:
    chart = evaluation_frames_chart(PSNR, [1, 2], {**COLUMNS, **COPIES}, samples=1, past=1)
    assert [series.label for series in chart.series] == ["prediction", "copy last"]  # the first given frame is the last
    assert chart.series[0].low is None


def test_frames_of_a_validation_begin_after_the_given_ones() -> None:
    chart = validation_frames_chart(PSNR, 2, [20.0, 19.0], [])
    assert list(chart.x) == [2, 3] and [series.label for series in chart.series] == ["validation"]


def test_planned_schedules_name_their_components() -> None:
    beta, ratio = planned_schedule_charts("cyclical", [0.0, 0.1], "constant", [1.0, 1.0])
    assert (beta.title, ratio.title) == ("KL weight: cyclical", "Teacher forcing: constant")
    assert list(beta.x) == [0, 1] and (ratio.floor, ratio.ceiling) == (0, 1)
