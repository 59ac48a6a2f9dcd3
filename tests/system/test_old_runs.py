"""Run folders written by vidpred at commit d87b82e still work: old_runs/README.md says what they are."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.conftest import Outcome, write_robot_data
from tests.system.old_runs.machine import machine
from tests.tiny_pose import write_pose_data

OLD_RUNS = Path(__file__).parent / "old_runs"
FAMILIES = ("robot", "pose")
TEST_CLIPS = {"robot": ["0.gif"], "pose": ["0.gif", "1.gif", "10.gif"]}
MIDDLE_OF_EPOCH = "epoch_0001_step_000002"  # the checkpoint from which the runs resume
SAME_MACHINE = json.loads((OLD_RUNS / "machine.json").read_text(encoding="utf-8")) == machine()

Vidpred = Callable[..., Outcome]


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The frames that the runs were trained on, rendered again."""
    folder = tmp_path_factory.mktemp("frames")
    return {"robot": write_robot_data(folder / "robot"), "pose": write_pose_data(folder / "pose")}


def copied_run(family: str, tmp_path: Path) -> Path:
    """A copy of an old run folder that a test may change."""
    return Path(shutil.copytree(OLD_RUNS / family / "run", tmp_path / f"{family}_run", symlinks=True))


@pytest.mark.parametrize("family", FAMILIES)
def test_resuming_gives_the_same_weights_and_metrics(
    family: str, roots: dict[str, Path], tmp_path: Path, vidpred: Vidpred
) -> None:
    run = copied_run(family, tmp_path)
    outcome = vidpred(
        "run",
        "--resume",
        run,
        "--device",
        "cpu",
        "--set",
        f"data.root={roots[family]}",
        "--set",
        "validate.preview_every=4",
    )  # drawn after the last epoch only, which saves time
    assert outcome.code == 0, outcome.errors
    messages = outcome.output + outcome.errors
    assert MIDDLE_OF_EPOCH not in messages, "the checkpoint was refused, and an earlier one used"
    assert first_line(run / "metrics.jsonl") == first_line(OLD_RUNS / family / "run" / "metrics.jsonl"), "trained again"

    expected = load_file(OLD_RUNS / family / "expected.safetensors")
    weights = load_file(run / "checkpoints" / "last" / "weights.safetensors")
    assert weights.keys() == expected.keys()
    assert [name for name in expected if not same_tensor(weights[name], expected[name])] == []
    assert_same_values(records_of(run / "metrics.jsonl"), records_of(OLD_RUNS / family / "expected_metrics.jsonl"))


@pytest.mark.parametrize("family", FAMILIES)
def test_evaluating_gives_the_stored_result(
    family: str, roots: dict[str, Path], tmp_path: Path, vidpred: Vidpred
) -> None:
    run = copied_run(family, tmp_path)
    stored_folder, stored = stored_evaluation(run)
    shutil.rmtree(run / "eval")
    outcome = vidpred("eval", run, "--device", "cpu", "--set", f"data.root={roots[family]}")
    assert outcome.code == 0, outcome.errors

    folder, result = stored_evaluation(run)
    assert folder == stored_folder
    assert result["terms"]["data"] == stored["terms"]["data"], "the writers no longer draw the frames of the run"
    assert result["terms"].keys() == stored["terms"].keys(), "old and new evaluations can no longer be compared"
    assert_same_values(without_version(result), without_version(stored))


@pytest.mark.parametrize("checkpoint", ["last", "best_psnr"])
@pytest.mark.parametrize("family", FAMILIES)
def test_predicting_writes_a_gif_of_each_test_clip(
    family: str, checkpoint: str, roots: dict[str, Path], tmp_path: Path, vidpred: Vidpred
) -> None:
    run, out = copied_run(family, tmp_path), tmp_path / "predictions"
    outcome = vidpred(
        "predict",
        run,
        "--device",
        "cpu",
        "--set",
        f"data.root={roots[family]}",
        "--checkpoint",
        checkpoint,
        "--out",
        out,
    )
    assert outcome.code == 0, outcome.errors
    assert sorted(path.name for path in out.iterdir()) == TEST_CLIPS[family]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_report_shows_the_stored_evaluation(family: str, tmp_path: Path, vidpred: Vidpred) -> None:
    run = copied_run(family, tmp_path)
    outcome = vidpred("report", run)
    assert outcome.code == 0, outcome.errors

    folder, stored = stored_evaluation(run)
    page = (run / "report.html").read_text(encoding="utf-8")
    assert folder.name in page
    assert psnr(stored) in page


def test_the_comparison_shows_both_stored_evaluations(tmp_path: Path, vidpred: Vidpred) -> None:
    runs = [copied_run(family, tmp_path) for family in FAMILIES]
    outcome = vidpred("compare", *runs)
    assert outcome.code == 0, outcome.errors
    evaluations = [table for table in outcome.output.split("\n\nevaluation ")[1:] if " frames" in table]
    assert len(evaluations) == len(runs)
    for run, table in zip(runs, evaluations, strict=True):
        assert run.name in table
        assert psnr(stored_evaluation(run)[1]) in table


def same_tensor(actual: torch.Tensor, expected: torch.Tensor) -> bool:
    """Whether two weights are equal: bit by bit on the machine of the old runs, elsewhere up to rounding."""
    return torch.equal(actual, expected) if SAME_MACHINE else torch.allclose(actual, expected, rtol=1e-4, atol=1e-5)


def assert_same_values(actual: Any, expected: Any) -> None:
    """Fail unless every expected value is present: exactly on the machine of the old runs, elsewhere up to rounding."""
    left, right = dict(leaves(actual)), dict(leaves(expected))
    assert right.keys() - left.keys() == set()
    assert {path: (left[path], right[path]) for path in right if not same_value(left[path], right[path])} == {}


def same_value(actual: Any, expected: Any) -> bool:
    """Whether two values of JSON are equal: numbers, on another machine, up to rounding."""
    if SAME_MACHINE or not (isinstance(actual, int | float) and isinstance(expected, int | float)):
        return bool(actual == expected)
    return math.isclose(actual, expected, rel_tol=1e-3, abs_tol=1e-4)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The single values in nested JSON, each with the path to it."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, f"{path}/{key}")
    else:
        yield path, value


def first_line(path: Path) -> str:
    """The record of the epoch that was finished before the run was stopped, with its times."""
    return path.read_text(encoding="utf-8").splitlines()[0]


def records_of(path: Path) -> list[dict[str, Any]]:
    """The records of a metrics.jsonl without what depends on the speed of the machine."""
    records = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    timed = ("seconds", "clips_per_second")
    return [{key: value for key, value in record.items() if key not in timed} for record in records]


def stored_evaluation(run: Path) -> tuple[Path, dict[str, Any]]:
    """The folder of a run's only evaluation, and its result."""
    (path,) = (run / "eval").glob("*/result.json")
    return path.parent, json.loads(path.read_text(encoding="utf-8"))


def without_version(result: dict[str, Any]) -> dict[str, Any]:
    """A result without the version of vidpred, which `protocol` repeats with all other terms."""
    terms = {key: value for key, value in result["terms"].items() if key != "vidpred"}
    return {key: value for key, value in result.items() if key != "protocol"} | {"terms": terms}


def psnr(result: dict[str, Any]) -> str:
    """The PSNR of an evaluation's predictions as reports and comparisons show it."""
    return f"{result['metrics']['psnr']['mean']['mean']:.2f}"
