"""What people see of an evaluation: tables, notes, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import vidpred as vp
from vidpred.cli.console import print_grid
from vidpred.cli.result_table import result_tables
from vidpred.evaluation.formatting import result_notes
from vidpred.evaluation.result_schema import read_result


@pytest.mark.parametrize(
    ("options", "said"),
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
def test_what_cannot_be_measured_is_refused(
    options: tuple[str, ...], said: str, vidpred: Callable[..., Any], run: Path
) -> None:
    refused = vidpred("eval", run, "--device", "cpu", *options)
    assert refused.code == 2 and said in refused.errors and not (run / "eval").exists(), refused.errors


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


@pytest.mark.parametrize(("width", "tables"), [(80, 1), (60, 2), (40, 4), (None, 1)])
def test_tables_fit_the_terminal(width: int | None, tables: int, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = vp.load(run, device="cpu").evaluator(samples=3).evaluate()
    grids = list(result_tables(result.record(), width))
    assert len(grids) == tables
    for grid in grids:
        print_grid(grid, None)
    text = capsys.readouterr().out
    assert all(len(line) <= (width or 200) for line in text.splitlines())
    assert all(metric in text for metric in ("psnr", "psnr_channel", "ssim", "mse"))


def test_the_posteriors_health_is_told(evaluate: Callable[..., Any], run: Path) -> None:
    posterior = evaluate()["posterior"]
    assert posterior["units"] == 4 and len(posterior["kl_per_dimension"]) == 4 and 0 <= posterior["active"] <= 4
    assert (
        posterior["kl"] == pytest.approx(sum(posterior["kl_per_dimension"]), abs=1e-6)
        and "Burda et al. 2016" in posterior["definition"]
    )
    model = vp.load(run, device="cpu")
    with torch.no_grad():
        for head in (model.model.posterior.mean, model.model.posterior.logvar):  # type: ignore[union-attr]
            head.weight.zero_()  # type: ignore[union-attr]
            head.bias.zero_()  # type: ignore[union-attr]
            head.bias[0] += 0.1  # type: ignore[index, operator, union-attr]
    collapsed = model.evaluator().evaluate()
    assert collapsed.posterior is not None and collapsed.posterior.active == 0
    assert any("0 of 4 units active: collapsed" in line for line in result_notes(collapsed.record()))


def test_a_metric_that_cannot_be_had_is_one_line(
    vidpred: Callable[..., Any], run: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        raise OSError("no network here")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("torch.hub.urlopen", unreachable)
    outcome = vidpred("eval", run, "--device", "cpu", "--metrics", "mse,lpips")
    said = [line for line in outcome.errors.splitlines() if line.startswith("warning:")]
    assert (
        outcome.code == 0
        and len(said) == 1
        and "lpips: the weights of alex could not be downloaded (no network here)" in said[0]
    )
    recorded = read_result(run / "eval" / "past2_future4_samples1")
    assert (
        recorded is not None
        and list(recorded["metrics"]) == ["psnr", "mse"]
        and list(recorded["left_out"]) == ["lpips"]
    )


@pytest.mark.parametrize(
    "recorded", [{"precision": "bf16"}, {"precision": None, "device": "NVIDIA, a GPU, bf16, channels-last"}]
)
def test_a_note_says_that_validation_used_another_precision(recorded: dict[str, Any], run: Path) -> None:
    """As the run recorded it, in its own field or, if it is older, with the device."""
    model = vp.load(run, device="cpu")
    assert model.evaluator(metrics=[]).evaluate().notes == []
    environment = {**json.loads((run / "environment.json").read_text()), **recorded}
    environment = {name: value for name, value in environment.items() if value is not None}
    (run / "environment.json").write_text(json.dumps(environment))
    assert model.evaluator(metrics=[]).evaluate().notes == [
        "computed in fp32, validation in bf16: its figures may differ"
    ]


def test_figures_that_are_not_finite_leave_the_report_whole(vidpred: Callable[..., Any], run: Path) -> None:
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
