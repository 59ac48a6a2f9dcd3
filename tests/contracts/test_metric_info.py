"""A metric states its title, unit and direction once; folders record them, and older folders fall back to defaults."""

from __future__ import annotations

from typing import Any

import pytest
from torch import Tensor

import vidpred
from vidpred.contracts.metric_info import LOSS, MetricInfo, metric_info, recorded_metric_info
from vidpred.plugins.discovery import discover


class AbsoluteError(vidpred.Metric):
    """Mean absolute error."""

    name = "mae"
    unit = "grey levels"
    higher_is_better = False

    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor:
        return (frames - truth).abs().flatten(1).mean(1)


def test_a_metric_without_a_title_is_shown_by_its_name() -> None:
    assert metric_info(AbsoluteError) == MetricInfo("grey levels", False, "mae")
    assert metric_info(AbsoluteError(vidpred.Config())) == metric_info(AbsoluteError)


def test_recorded_metric_info_is_read_back() -> None:
    recorded = {"mae": metric_info(AbsoluteError)._asdict()}
    assert recorded_metric_info(recorded, "mae") == metric_info(AbsoluteError)


def test_the_defaults_for_older_folders_equal_the_builtin_metrics() -> None:
    for entry in discover().registry.entries("metric"):
        assert recorded_metric_info({}, entry.name) == metric_info(entry.load())  # type: ignore[arg-type]


def test_the_loss_of_a_validation_is_described_like_the_mse() -> None:
    assert recorded_metric_info({}, LOSS) == recorded_metric_info({}, "mse") == MetricInfo("", False, "Squared error")


def test_an_unknown_metric_has_no_direction() -> None:
    assert recorded_metric_info({}, "mae") == MetricInfo("", None, "mae")


@pytest.mark.parametrize(
    "recorded", [None, [], "psnr", {"psnr": None}, {"psnr": [1]}, {"psnr": {"unit": 3, "higher_is_better": "no"}}]
)
def test_a_damaged_record_is_replaced_by_the_default(recorded: Any) -> None:
    assert recorded_metric_info(recorded, "psnr") == MetricInfo("dB", True, "PSNR")
