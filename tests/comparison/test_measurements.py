"""Validations and evaluations of runs: their values, the ranking metric, and which are comparable."""

from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest

from tests.comparison.written_runs import (
    Vidpred,
    column_of,
    compare,
    only_table,
    row_cells,
    write_run,
    write_validations,
)
from tests.tiny_pose import pose_recipe, trained, write_pose_data
from tests.written_results import write_result
from vidpred.comparison.captions import column_notes
from vidpred.comparison.curves import overlay_charts
from vidpred.comparison.measurements import ComparedMetric, ranking_metric
from vidpred.comparison.table import comparison_tables
from vidpred.contracts.metric_info import MetricInfo
from vidpred.runs.layout import RunFolder


def test_all_best_values_are_of_the_best_epoch(tmp_path: Path) -> None:
    (row,) = row_cells(only_table(write_run(tmp_path / "a", [18.0, 20.0, 19.9], seconds=61.0)))
    assert (row["PSNR dB best"], row["PSNR dB last"]) == ("20.00", "19.90")
    assert row["SSIM best"] == "0.810", "SSIM of the best epoch by PSNR, though the last has a higher one"
    assert row["time"] == "0:03:03"


def test_a_metric_that_is_better_when_lower_ranks_in_ascending_order(tmp_path: Path) -> None:
    for name, lr in (("a", 0.1), ("b", 0.2)):
        run = write_run(tmp_path / name, [20.0, 20.0], optimizer={"lr": lr})
        write_validations(run, [{"loss": lr, "copy_last": {}}, {"loss": 2 * lr, "copy_last": {}}])
    table = only_table(tmp_path)
    assert [(row["run"], row["Squared error best"], row["Squared error last"]) for row in row_cells(table)] == [
        ("a", "0.100", "0.200"),
        ("b", "0.200", "0.400"),
    ]


def test_malformed_values_in_records_are_ignored(tmp_path: Path, vidpred: Vidpred) -> None:
    for name, odd in (
        ("a", {"validate": {}}),
        ("b", {"validate": {"psnr": "high", "ssim": True, "copy_last": 3}, "train": {"loss": []}}),
        ("c", {"validate": {"psnr": float("nan"), "ssim": None}, "seconds": []}),
    ):
        run = write_run(tmp_path / name, [20.0, 21.0], optimizer={"lr": float(ord(name))})
        first = (run / "metrics.jsonl").read_text().splitlines()[0]
        (run / "metrics.jsonl").write_text(first + "\n" + json.dumps({"epoch": 1, "train": {}, **odd}) + "\n")
        (run / "environment.json").write_text("[]")
    (tmp_path / "a" / "checkpoints" / "last").unlink()
    assert [(row["PSNR dB best"], row["PSNR dB last"], row["time"]) for row in row_cells(only_table(tmp_path))] == [
        ("20.00", "-", "0:00:10")
    ] * 3
    assert vidpred("compare", tmp_path, "--out", tmp_path / "out").code == 0


@pytest.mark.parametrize(
    ("change", "copied", "difference"),
    [
        ({"sequence": {"past": 3}}, 17.0, "past 3 (above: 2)"),
        ({"sequence": {"future": 28}}, 17.0, "future 28 (above: 10)"),
        ({"validate": {"future": 28}}, 17.0, "future 28"),
        ({"validate": {"seed": 7}}, 17.0, "seed 7"),
        ({"validate": {"every": 2}}, 17.0, "every 2"),
        ({"data": {"name": "pose_video"}}, 17.0, "data pose_video"),
        ({"data": {"root": "other"}}, 17.1, "psnr of copy last is 17.1 (above: 17)"),
        ({"validate": {"metrics": [{"name": "psnr", "peak": 2.0}]}}, 17.0, "metric psnr"),
    ],
)
def test_validations_under_different_terms_are_never_in_one_table(
    tmp_path: Path, vidpred: Vidpred, change: dict[str, Any], copied: float, difference: str
) -> None:
    write_run(tmp_path / "a", [20.0])
    write_run(tmp_path / "b", [21.0], copied=copied, seed=2, **change)
    first, second = compare(tmp_path).groups
    assert [[row.name for row in group.rows] for group in (first, second)] == [["a"], ["b"]]
    assert first.differs == "" and difference in second.differs
    outcome = vidpred("compare", tmp_path)
    assert "not all of these runs were validated alike" in outcome.errors
    assert f"NOT COMPARABLE with the tables above: {second.differs}" in outcome.output


def test_training_lengths_are_comparable_if_validated_alike(tmp_path: Path) -> None:
    for future in (16, 32):
        write_run(tmp_path / f"length{future}", [20.0], sequence={"future": future}, validate={"future": 10})
    assert [row["length"] for row in row_cells(only_table(tmp_path))] == ["2+16", "2+32"]


def test_rounding_on_another_device_does_not_mean_different_frames(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [20.0], copied=17.0)
    write_run(tmp_path / "b", [21.0], copied=17.0001, seed=2, environment={"device": "H200, bf16"})
    comparison = compare(tmp_path)
    assert len(comparison.groups) == 1
    assert comparison.notes == ["times are of different devices: CPU, bf16; H200, bf16"]


@pytest.mark.parametrize(
    "terms",
    [
        {"samples": 100},
        {"past": 1},
        {"future": 10},
        {"split": "validate"},
        {"clips": 4},
        {"seed": 1},
        {"vidpred": "0.2.0"},
        {"data": "bair_robot 3x64x64 other"},
        {"batch_norm": "batch of 10"},
        {"metrics": {"psnr": "dB of a pooled error"}},
    ],
)
def test_evaluations_under_different_terms_are_not_in_one_table(tmp_path: Path, terms: dict[str, Any]) -> None:
    write_result(write_run(tmp_path / "a", [20.0]))
    write_result(write_run(tmp_path / "b", [20.0], seed=2), **terms)
    comparison = compare(tmp_path)
    assert [len(group.rows) for group in comparison.groups] == [1, 1, 1]
    assert next(iter(terms)).removesuffix("s") in comparison.groups[2].differs
    assert any("not all of these runs were evaluated alike" in note for note in comparison.notes)


def test_results_of_different_checkpoints_are_comparable(tmp_path: Path) -> None:
    run = write_run(tmp_path / "a", [20.0])
    write_result(run, "svg", best=20.0, checkpoint="abc")
    write_result(run, "svg_best_psnr", best=22.0, checkpoint="def")
    rows = row_cells(comparison_tables(compare(tmp_path))[1])
    assert [(row["result"], row["PSNR dB best of 10"]) for row in rows] == [
        ("svg_best_psnr", "22.00"),
        ("svg", "20.00"),
    ]


def test_a_broken_result_is_named_and_left_out(tmp_path: Path) -> None:
    run = write_run(tmp_path / "a", [20.0])
    for label, content in (
        ("torn", "{"),
        ("older", '{"format": 0}'),
        ("odd", '{"format": 1, "terms": {"metrics": {}}, "metrics": [1]}'),
    ):
        folder = run / "eval" / label
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(content)
    comparison = compare(run)
    assert len(comparison.groups) == 1
    assert [re.search(r"eval/(\w+)/", note)[1] for note in comparison.notes if "is not a result" in note] == [
        "odd",
        "older",
        "torn",
    ]  # type: ignore[index]


def test_values_of_trained_runs_equal_their_recorded_ones(tmp_path: Path, vidpred: Vidpred) -> None:
    root = write_pose_data(tmp_path / "data")
    runs = [trained(pose_recipe(root, seed=seed), tmp_path / "runs") for seed in (1, 2)]
    for run in runs:
        assert vidpred("eval", run, "--samples", 2, "--metrics", "psnr").code == 0
    validated, evaluated = compare(tmp_path / "runs").groups
    recorded = [RunFolder(run).read_history()[0]["validate"] for run in runs]
    results = [json.loads(next(run.glob("eval/*/result.json")).read_text())["metrics"]["psnr"] for run in runs]
    validated_psnr = [record["psnr"] for record in recorded]
    evaluated_psnr = [result["best"]["mean"] for result in results]
    row = validated.rows[0]
    assert row.value("psnr", "best") == (fmean(validated_psnr), stdev(validated_psnr))
    assert evaluated.rows[0].value("psnr", "best") == (fmean(evaluated_psnr), stdev(evaluated_psnr))
    assert validated.copies == {"copy_last": {"psnr": pytest.approx(recorded[0]["copy_last"]["psnr"])}}
    assert row.first_run.parameters == 8819, "the number that `vidpred run` prints for this model"
    (frames,) = overlay_charts(evaluated)["psnr_per_frame"]
    assert fmean(frames.series[0].values) == pytest.approx(fmean(evaluated_psnr))


MAE = {"unit": "grey levels", "higher_is_better": False, "title": "MAE"}


def write_mae_runs(folder: Path, environment: dict[str, Any]) -> None:
    """Write two runs, validated only by a plugin's metric: 0.18 and 0.25, where copying scores 0.50."""
    for name, mae in (("worse", 0.25), ("better", 0.18)):
        run = write_run(folder / name, [20.0, 20.0], optimizer={"lr": mae}, environment=environment)
        copies = {"copy_last": {"mae": 0.5}}
        write_validations(run, [{"loss": 0.01 / mae, "mae": 0.3, **copies}, {"loss": 0.01 / mae, "mae": mae, **copies}])


def test_a_plugin_metric_is_ranked_and_marked_by_its_recorded_direction(tmp_path: Path) -> None:
    write_mae_runs(tmp_path, {"metrics": {"mae": MAE}})
    table = only_table(tmp_path)
    best = column_of(table, "MAE grey levels best")
    assert best.cells == ("0.18", "0.25", "0.50") and best.best == {0}
    assert [row["run"] for row in row_cells(table)] == ["better", "worse"]
    assert column_of(table, "MAE grey levels last").best == {0}
    assert "best: the epoch with the best MAE" in column_notes(compare(tmp_path))
    assert compare(tmp_path).groups[0].rows[0].measurements[0].best_epoch == 1


def test_a_metric_of_unknown_direction_is_neither_ranked_nor_marked(tmp_path: Path) -> None:
    write_mae_runs(tmp_path, {})
    table = only_table(tmp_path)
    assert column_of(table, "mae best").best == frozenset()
    assert [row["run"] for row in row_cells(table)] == ["worse", "better"], "sorted by the loss"


@pytest.mark.parametrize(
    ("directions", "metric"),
    [
        ({"loss": False, "ssim": True, "psnr": True}, "psnr"),
        ({"loss": False, "mae": False, "ssim": True}, "mae"),
        ({"loss": False, "mine": None, "ssim": True}, "ssim"),
        ({"mine": None, "loss": False}, "loss"),
        ({"mine": None}, None),
        ({}, None),
    ],
)
def test_the_ranking_metric(directions: dict[str, bool | None], metric: str | None) -> None:
    metrics = {name: ComparedMetric(MetricInfo("", direction, name)) for name, direction in directions.items()}
    assert ranking_metric(metrics) == metric
