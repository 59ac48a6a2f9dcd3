"""Tables of comparable groups: columns of metrics, rows of copies, marks of the best value."""

from __future__ import annotations

from pathlib import Path

from tests.comparison.written_runs import compare, only_table, row_cells, write_run
from tests.written_results import write_result
from vidpred.comparison.table import comparison_tables


def test_the_scores_of_copying_are_always_in_the_table(tmp_path: Path) -> None:
    table = only_table(write_run(tmp_path / "a", [20.0]))
    assert table.rows[-1][:4] == ["copy last", "17.00", "17.00", "0.600"] and table.copies == 1


def test_evaluations_have_tables_of_their_own(tmp_path: Path) -> None:
    for name, best, mean in (("a", 21.0, 20.0), ("b", 23.0, 19.0)):
        write_result(write_run(tmp_path / name, [20.0], optimizer={"lr": best}), best=best, mean=mean)
    validation, evaluated = comparison_tables(compare(tmp_path))
    assert validation.title == "validation: 2 given, 10 predicted frames"
    assert evaluated.title.startswith(
        "evaluation svg/1: 2 given, 28 predicted frames, 10 samples; test, 3 clips of bair_robot"
    )
    values = [(row["run"], row["PSNR dB best of 10"], row["PSNR dB mean of 10"]) for row in row_cells(evaluated)]
    assert values == [("b", "23.00", "19.00"), ("a", "21.00", "20.00")]
    assert [row[:3] for row in evaluated.rows[-2:]] == [
        ["copy last", "17.00", "17.00"],
        ["copy first", "16.00", "16.00"],
    ]


def test_an_evaluation_of_one_sample_has_one_column(tmp_path: Path) -> None:
    write_result(write_run(tmp_path / "a", [20.0]), samples=1, mean=20.0)
    assert row_cells(comparison_tables(compare(tmp_path))[1])[0]["PSNR dB"] == "19.50"


def test_the_condition_gap_has_a_column(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_result(write_run(tmp_path / name, [20.0], optimizer={"lr": name}))
    validation, evaluated = comparison_tables(compare(tmp_path))
    assert [row["condition gap dB"] for row in row_cells(evaluated)] == ["3.00", "3.00"] and "condition gap" not in str(
        validation.columns
    )
    assert next(column for column in evaluated.columns if column.title == "condition gap dB").best == frozenset()


def test_a_copy_can_be_the_best(tmp_path: Path) -> None:
    for name, best in (("a", 16.5), ("b", 16.8)):
        write_result(write_run(tmp_path / name, [20.0], optimizer={"lr": name}), best=best, mean=15.0)
    evaluated = comparison_tables(compare(tmp_path))[1]
    assert [evaluated.rows[index][0] for index in evaluated.columns[1].best] == ["copy last"]
