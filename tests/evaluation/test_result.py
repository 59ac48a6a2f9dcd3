"""Best, mean and worst samples of a result, and its tables."""

from __future__ import annotations

from typing import Any, cast

import pytest
import torch
from torch import Tensor

from vidpred.contracts.metric_info import MetricInfo
from vidpred.evaluation.result import Result
from vidpred.evaluation.scoring import Scores


def result(samples: dict[str, list[Tensor]], clips: int) -> Result:
    copies = {
        copy: {metric: [values[0] * 0 for values in columns] for metric, columns in samples.items()}
        for copy in ("copy_last", "copy_first")
    }
    terms = {"past": 1, "samples": 3, "metrics": {}}
    return Result(
        label="x",
        protocol="",
        terms=cast(Any, terms),
        metrics={"psnr": MetricInfo("dB", True, "PSNR"), "mse": MetricInfo("", False, "Squared error")},
        scores=Scores(samples, copies),
        clips=[f"clip {number}" for number in range(clips)],
        left_out={},
    )


def test_each_metric_has_its_own_best_sample_by_its_mean_over_frames() -> None:
    psnr = torch.tensor([[10.0, 30.0], [21.0, 21.0], [26.0, 10.0]])  # means 20, 21, 18: not the best single frame
    mse = torch.tensor([[0.3, 0.1], [0.3, 0.3], [0.1, 0.1]])  # means 0.2, 0.3, 0.1
    evaluated = result({"psnr": [psnr], "mse": [mse]}, 1)
    assert (evaluated.best("psnr"), evaluated.worst("psnr")) == ([1], [2])
    assert (evaluated.best("mse"), evaluated.worst("mse")) == ([2], [1])
    means = {
        metric: {column: interval.mean for column, interval in columns.items()}
        for metric, columns in evaluated.intervals.items()
    }
    copies = {"copy_last": 0.0, "copy_first": 0.0}
    assert means["psnr"] == pytest.approx({"best": 21.0, "mean": 59 / 3, "worst": 18.0, "one": 20.0, **copies})
    assert means["mse"] == pytest.approx({"best": 0.1, "mean": 0.2, "worst": 0.3, "one": 0.2, **copies})
    assert [row["best"] for row in evaluated.per_frame() if row["metric"] == "psnr"] == [21.0, 21.0]


def test_means_are_over_frames_then_over_clips_and_per_frame_over_the_clips_that_have_it() -> None:
    evaluated = result({"psnr": [torch.tensor([[10.0, 20.0, 30.0]]), torch.tensor([[40.0]])]}, 2)
    assert evaluated.intervals["psnr"]["one"].mean == 30.0  # (20 + 40) / 2, not (10 + 20 + 30 + 40) / 4
    rows = list(evaluated.per_frame())
    assert [(row["frame"], row["clips"], row["one"]) for row in rows] == [(1, 2, 25.0), (2, 1, 20.0), (3, 1, 30.0)]
    assert [(row["clip"], row["where"], row["frames"], row["one"]) for row in evaluated.per_clip()] == [
        (0, "clip 0", 3, 20.0),
        (1, "clip 1", 1, 40.0),
    ]


def test_the_record_has_title_unit_and_direction_of_each_metric() -> None:
    record = result({"psnr": [torch.tensor([[10.0]])], "mse": [torch.tensor([[0.1]])]}, 1).record()
    facts = {
        name: (metric["title"], metric["unit"], metric["higher_is_better"])
        for name, metric in record["metrics"].items()
    }
    assert facts == {"psnr": ("PSNR", "dB", True), "mse": ("Squared error", "", False)}
