"""`vidpred compare`: results of `vidpred eval`, side by side only where they were had on the same terms."""

from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest

from tests.comparison.runs import Vidpred, cells, comparison, write_run
from tests.tiny_pose import pose_recipe, trained, write_pose_data
from tests.written_results import write_result
from vidpred.comparison.curves import overlay_charts
from vidpred.comparison.table import comparison_tables
from vidpred.runs.layout import RunFolder


def test_evaluations_have_tables_of_their_own(tmp_path: Path) -> None:
    for name, best, mean in (("a", 21.0, 20.0), ("b", 23.0, 19.0)):
        write_result(write_run(tmp_path / name, [20.0], optimizer={"lr": best}), best=best, mean=mean)
    validation, evaluated = comparison_tables(comparison(tmp_path))
    assert validation.title == "validation: 2 given, 10 predicted frames"
    assert evaluated.title.startswith(
        "evaluation svg/1: 2 given, 28 predicted frames, 10 samples; test, 3 clips of bair_robot"
    )
    figures = [(row["run"], row["PSNR dB best of 10"], row["PSNR dB mean of 10"]) for row in cells(evaluated)]
    assert figures == [("b", "23.00", "19.00"), ("a", "21.00", "20.00")]
    assert [row[:3] for row in evaluated.rows[-2:]] == [
        ["copy last", "17.00", "17.00"],
        ["copy first", "16.00", "16.00"],
    ]


def test_an_evaluation_of_one_sample_has_the_one_figure(tmp_path: Path) -> None:
    write_result(write_run(tmp_path / "a", [20.0]), samples=1, mean=20.0)
    assert cells(comparison_tables(comparison(tmp_path))[1])[0]["PSNR dB"] == "19.50"


def test_evaluations_of_seeds_are_averaged(tmp_path: Path) -> None:
    for seed, best in ((1, 20.0), (2, 22.0), (3, None)):
        run = write_run(tmp_path / f"seed_{seed}", [20.0], seed=seed)
        if best:
            write_result(run, best=best)
    (row,) = cells(comparison_tables(comparison(tmp_path))[1])
    assert (row["PSNR dB best of 10"], row["seeds"]) == (f"21.00 ± {stdev((20, 22)):.2f}", "2")


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
def test_results_on_other_terms_are_not_put_side_by_side(tmp_path: Path, terms: dict[str, Any]) -> None:
    write_result(write_run(tmp_path / "a", [20.0]))
    write_result(write_run(tmp_path / "b", [20.0], seed=2), **terms)
    found = comparison(tmp_path)
    assert [len(block.rows) for block in found.groups] == [1, 1, 1]
    assert next(iter(terms)).removesuffix("s") in found.groups[2].differs
    assert any("not all of these runs were evaluated alike" in note for note in found.notes)


def test_the_checkpoint_is_what_is_compared(tmp_path: Path) -> None:
    run = write_run(tmp_path / "a", [20.0])
    write_result(run, "svg", best=20.0, checkpoint="abc")
    write_result(run, "svg_best_psnr", best=22.0, checkpoint="def")
    rows = cells(comparison_tables(comparison(tmp_path))[1])
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
    found = comparison(run)
    assert len(found.groups) == 1
    assert [re.search(r"eval/(\w+)/", note)[1] for note in found.notes if "is no result" in note] == [
        "odd",
        "older",
        "torn",
    ]  # type: ignore[index]


def test_what_real_runs_and_their_evaluations_leave(tmp_path: Path, vidpred: Vidpred) -> None:
    root = write_pose_data(tmp_path / "data")
    runs = [trained(pose_recipe(root, seed=seed), tmp_path / "runs") for seed in (1, 2)]
    for run in runs:
        assert vidpred("eval", run, "--samples", 2, "--metrics", "psnr").code == 0
    validated, evaluated = comparison(tmp_path / "runs").groups
    recorded = [RunFolder(run).read_history()[0]["validate"] for run in runs]
    results = [json.loads(next(run.glob("eval/*/result.json")).read_text())["metrics"]["psnr"] for run in runs]
    row, other = validated.rows[0], evaluated.rows[0]
    assert (row.value("psnr", "best"), other.value("psnr", "best")) == (
        (fmean(one["psnr"] for one in recorded), stdev(one["psnr"] for one in recorded)),
        (fmean(one["best"]["mean"] for one in results), stdev(one["best"]["mean"] for one in results)),
    )
    assert validated.copies == {"copy_last": {"psnr": pytest.approx(recorded[0]["copy_last"]["psnr"])}}
    assert row.first_run.parameters == 8819, "what `vidpred run` says of this model"
    (frames,) = overlay_charts(evaluated)["psnr_per_frame"]
    assert fmean(frames.series[0].values) == pytest.approx(fmean(one["best"]["mean"] for one in results))


def test_the_condition_gap_has_a_column(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_result(write_run(tmp_path / name, [20.0], optimizer={"lr": name}))
    validation, evaluated = comparison_tables(comparison(tmp_path))
    assert [row["condition gap dB"] for row in cells(evaluated)] == ["3.00", "3.00"] and "condition gap" not in str(
        validation.columns
    )
    assert next(column for column in evaluated.columns if column.title == "condition gap dB").best == frozenset()


def test_a_copy_can_be_the_best(tmp_path: Path) -> None:
    for name, best in (("a", 16.5), ("b", 16.8)):
        write_result(write_run(tmp_path / name, [20.0], optimizer={"lr": name}), best=best, mean=15.0)
    evaluated = comparison_tables(comparison(tmp_path))[1]
    assert [evaluated.rows[place][0] for place in evaluated.columns[1].best] == ["copy last"]
