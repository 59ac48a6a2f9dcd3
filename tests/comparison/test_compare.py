"""Rows of comparable groups: sorted, averaged over seeds, unfinished runs apart."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean, stdev

from tests.comparison.written_runs import NO_ANNEALING, Vidpred, column_of, compare, only_table, row_cells, write_run
from tests.written_results import write_result
from vidpred.comparison.table import comparison_tables
from vidpred.runs.layout import RunFolder
from vidpred.runs.lock import hold_lock


def test_runs_are_sorted_best_first_and_the_best_value_is_marked(tmp_path: Path) -> None:
    for name, best in (("a", 19.0), ("b", 21.0), ("c", 20.0)):
        write_run(tmp_path / name, [best], optimizer={"lr": best})
    table = only_table(tmp_path)
    assert [row["run"] for row in row_cells(table)] == ["b", "c", "a"]
    assert [row["optimizer.lr"] for row in row_cells(table)] == ["21", "20", "19"]
    assert column_of(table, "PSNR dB best").best == {0}


def test_runs_that_differ_only_in_the_seed_are_averaged(tmp_path: Path) -> None:
    values = {"cyclical": (19.0, 20.0, 22.5), "none": (20.0, 20.5, 20.25)}
    for name, best in values.items():
        for seed, value in enumerate(best, 1):
            changes = NO_ANNEALING if name == "none" else {}
            write_run(
                tmp_path / name / f"seed_{seed}",
                [value - 1, value],
                seed=seed,
                seconds=seed,
                name=f"tiny_{seed}",
                **changes,
            )
    rows = row_cells(only_table(tmp_path))
    assert [row["run"] for row in rows] == ["cyclical", "none"]
    for row in rows:
        best = values[row["run"]]
        assert row["PSNR dB best"] == f"{fmean(best):.2f} ± {stdev(best):.2f}"
        assert row["seeds"] == "3"
        assert row["time"] == "0:00:04", "the mean of 2, 4 and 6 seconds"


def test_evaluations_of_seeds_are_averaged(tmp_path: Path) -> None:
    for seed, best in ((1, 20.0), (2, 22.0), (3, None)):
        run = write_run(tmp_path / f"seed_{seed}", [20.0], seed=seed)
        if best:
            write_result(run, best=best)
    (row,) = row_cells(comparison_tables(compare(tmp_path))[1])
    assert (row["PSNR dB best of 10"], row["seeds"]) == (f"21.00 ± {stdev((20, 22)):.2f}", "2")


def test_unfinished_runs_are_marked_and_not_averaged(tmp_path: Path, vidpred: Vidpred) -> None:
    for seed, count in ((1, 3), (2, 3), (3, 2)):
        write_run(tmp_path / "cell" / f"seed_{seed}", [18.0, 20.0, 19.0][:count], epochs=3, seed=seed)
    write_run(tmp_path / "other", [18.0, 18.5], epochs=3, **NO_ANNEALING)
    with hold_lock(RunFolder(tmp_path / "other")):
        outcome = vidpred("compare", tmp_path)
        rows = {row["run"]: row for row in row_cells(only_table(tmp_path))}
    assert {name: (row["epochs"], row["seeds"]) for name, row in rows.items()} == {
        "cell": ("3", "2"),
        "cell/seed_3 (interrupted)": ("2/3", "1"),
        "other (running)": ("2/3", "1"),
    }
    assert rows["cell"]["PSNR dB best"] == "20.00 ± 0.00"
    assert "2 of 4 runs are not finished" in outcome.errors


def test_runs_without_any_validation_come_last(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [None, None], epochs=3)
    write_run(tmp_path / "b", [None, 20.0])
    write_run(tmp_path / "c", [], epochs=2)
    rows = row_cells(only_table(tmp_path))
    assert [(row["run"], row["PSNR dB best"]) for row in rows] == [
        ("b", "20.00"),
        ("a (interrupted)", "-"),
        ("c (interrupted)", "-"),
    ]
    assert [row["epochs"] for row in rows] == ["2", "2/3", "0/2"]


def test_runs_without_validation_have_a_table(tmp_path: Path) -> None:
    (row,) = row_cells(only_table(write_run(tmp_path / "a", [], epochs=2)))
    assert row == {"run": "a (interrupted)", "time": "0:00:00"}


def test_the_last_run_of_a_seed_counts(tmp_path: Path) -> None:
    for date, best in (("2026-01-01", 20.0), ("2026-01-02", 24.0)):
        write_result(write_run(tmp_path / date, [best], data={"root": date}))
    comparison = compare(tmp_path)
    assert [row.name for row in comparison.groups[0].rows] == ["2026-01-02"]
    assert comparison.notes == [
        f"left out: {tmp_path / '2026-01-01'}: {tmp_path / '2026-01-02'} has the same settings and seed, and is newer"
    ]
