"""`vidpred eval`: refused options, the printed table, warnings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from vidpred.evaluation.result_schema import read_result


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--split", "val"), "unknown split 'val'; did you mean 'validate'? known splits: train, validate, test"),
        (("--split", "tset"), "did you mean 'test'?"),
        (("--batch-norm", "both"), "unknown BatchNorm mode 'both'"),
        (("--protocol", "svgg"), "did you mean 'svg'?"),
        (("--protocol", "svg", "--future", "3"), "leave out --protocol, or --future"),
        (("--future", "0"), "--future 0: give a number of frames, 1 or more, or all"),
        (("--future", "some"), "--future some"),
        (("--metrics", "pnsr"), "unknown metric 'pnsr'; did you mean 'psnr'?"),
        (("--checkpoint", "best"), "it has: "),
        (("--future", "8"), "evaluating past 2 + future 8 needs clips of 10 frames, but "),
        (
            ("--protocol", "svg", "--split", "validate"),
            "has 9 frames; the shortest allows --future 7, or choose another --split",
        ),
    ],
)
def test_wrong_options_are_refused(
    options: tuple[str, ...], message: str, vidpred: Callable[..., Any], run: Path
) -> None:
    refused = vidpred("eval", run, "--device", "cpu", *options)
    assert refused.code == 2 and message in refused.errors and not (run / "eval").exists(), refused.errors


def test_the_table_marks_the_best_of_each_column(vidpred: Callable[..., Any], run: Path) -> None:
    shown = vidpred("eval", run, "--device", "cpu", "--samples", 3).output.splitlines()
    result = read_result(run / "eval" / "past2_future4_samples3")
    assert result is not None
    rows = {
        line[:11].strip(): line for line in shown if line.startswith(("best of", "mean of", "worst of", "one", "copy"))
    }
    assert list(rows) == ["best of 3", "mean of 3", "worst of 3", "one sample", "copy last", "copy first"]
    best = {
        metric: (max if figures["higher_is_better"] else min)(
            figures[column]["mean"] for column in ("best", "copy_last", "copy_first")
        )
        for metric, figures in result["metrics"].items()
    }
    names = {"best": "best of 3", "copy_last": "copy last", "copy_first": "copy first"}
    stars = [
        name
        for metric, figures in result["metrics"].items()
        for column, name in names.items()
        if figures[column]["mean"] == best[metric]
    ]
    assert sum(row.count("*") for row in rows.values()) == len(stars) and all(
        rows[name].count("*") == stars.count(name) for name in set(stars)
    )
    assert f"{result['metrics']['psnr']['best']['mean']:.2f} ± " in rows["best of 3"]
    assert any(line.startswith("condition gap: ") for line in shown) and any(
        line.startswith("posterior: KL ") for line in shown
    )
    assert shown[-1] == f"written: {run}/eval/past2_future4_samples3, and {run}/report.html"


def test_a_metric_that_cannot_be_computed_is_one_warning(
    vidpred: Callable[..., Any], run: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        raise OSError("no network here")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("torch.hub.urlopen", unreachable)
    outcome = vidpred("eval", run, "--device", "cpu", "--metrics", "mse,lpips")
    warnings = [line for line in outcome.errors.splitlines() if line.startswith("warning:")]
    assert (
        outcome.code == 0
        and len(warnings) == 1
        and "lpips: the weights of alex could not be downloaded (no network here)" in warnings[0]
    )
    recorded = read_result(run / "eval" / "past2_future4_samples1")
    assert (
        recorded is not None
        and list(recorded["metrics"]) == ["psnr", "mse"]
        and list(recorded["left_out"]) == ["lpips"]
    )


def test_values_that_are_not_finite_are_shown_as_missing(vidpred: Callable[..., Any], run: Path) -> None:
    weights = run / "checkpoints" / "last" / "weights.safetensors"
    state = load_file(weights)
    name = next(name for name in state if name.startswith("decoder") and name.endswith("weight"))
    save_file({**state, name: torch.full_like(state[name], float("nan"))}, weights)
    (weights.parent / "manifest.json").unlink()
    outcome = vidpred("eval", run, "--device", "cpu", "--samples", 2)
    assert outcome.code == 0 and not outcome.errors, outcome.errors
    rows = [line for line in outcome.output.splitlines() if line.startswith(("best of", "mean of", "one sample"))]
    assert len(rows) == 3 and all("–" in row and "nan" not in row for row in rows)
    recorded = read_result(run / "eval" / "past2_future4_samples2")
    assert recorded is not None and recorded["metrics"]["psnr"]["best"]["mean"] is None
    assert vidpred("report", run).code == 0
