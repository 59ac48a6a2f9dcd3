"""The charts of a report as data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.report.run_folders import record, write_history, write_run
from vidpred.plots.chart_spec import STYLES, BestPoint
from vidpred.plots.run_charts import reset_epochs, schedule_charts
from vidpred.report.charts import chart_json, chart_rules, palette_css, training_charts, validated_charts
from vidpred.report.run_data import RunData, read_run_data


@pytest.fixture
def run(tmp_path: Path) -> RunData:
    """100 epochs, of which every second was validated; the train values of epoch 4 differ."""
    folder = write_run(tmp_path / "run", epochs=100, every=100)
    records = [record(epoch, **({"validate": None} if epoch % 2 else {})) for epoch in range(100)]
    records[4]["train"] = {"loss": None, "mse": 0.1, "kl": 1.0, "extra": 2.5}
    write_history(folder, records)
    return read_run_data(folder)


def test_validated_metrics_have_baselines_and_a_best_epoch(run: RunData) -> None:
    psnr, ssim = validated_charts(run)
    assert [series.label for series in psnr.series] == ["train", "validation", "copy last"]
    assert (psnr.title, psnr.unit) == ("PSNR", "dB")
    validation = psnr.series[1]
    assert validation.values[:3] == [15.0, None, record(2)["validate"]["psnr"]] and validation.joined
    assert psnr.best == BestPoint("validation", 80, record(80)["validate"]["psnr"])
    assert ssim.best is not None and ssim.best.x == 98


def test_training_values_have_gaps_and_unknown_metrics_a_chart(run: RunData) -> None:
    loss, error, kl, extra = training_charts(run)
    assert loss.series[0].values[4] is None and not loss.series[0].joined
    assert error.best is not None and error.best.x == 98 and kl.allow_log
    assert extra.title == "extra" and extra.series[0].values[:6] == [None, None, None, None, 2.5, None]


def test_schedules_are_charted_with_the_resets(run: RunData) -> None:
    assert reset_epochs(run.history) == [40, 80]
    beta, forcing, rate = schedule_charts(run.history)
    assert beta.series[0].values == [entry["beta"] for entry in run.history] and beta.resets == [40, 80]
    assert [series.label for series in forcing.series] == ["ratio", "share forced"]
    assert (forcing.floor, forcing.ceiling) == (0, 1)
    assert rate.series[0].values[0] == 0.002


def test_json_has_six_digits_and_only_series_with_values(run: RunData) -> None:
    chart = chart_json(validated_charts(run._replace(history=[record(0, train={}), record(1, train={})]))[0])
    assert [series["label"] for series in chart["series"]] == ["validation", "copy last"]
    assert chart["series"][0]["values"] == [15.0, float(f"{record(1)['validate']['psnr']:.6g}")]
    assert chart["best"] == {"label": "validation", "x": 1, "value": chart["series"][0]["values"][1]}
    assert json.loads(json.dumps(chart, allow_nan=False)) == chart


def test_the_page_gets_every_rule_and_colour_from_python() -> None:
    rules = chart_rules()
    assert rules["styles"].keys() == STYLES.keys() and (rules["log_factor"], rules["max_marked"]) == (20, 30)
    for role, style in STYLES.items():
        assert f".{role} {{ --colour: light-dark({style.colour}, {style.dark_colour}); }}" in palette_css()
