"""A comparison as CSV."""

from __future__ import annotations

import csv
from pathlib import Path
from statistics import fmean, stdev

import pytest

from tests.comparison.written_runs import Vidpred


def test_the_csv_has_numbers_in_full_precision(ablation: Path, tmp_path: Path, vidpred: Vidpred) -> None:
    vidpred("compare", ablation, "--out", tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    best = rows[0]
    values = [23.0 + seed / 10 for seed in (1, 2, 3)]
    assert (float(best["psnr best"]), float(best["psnr best sd"])) == pytest.approx(
        (fmean(values), stdev(values)), abs=1e-12
    )
    assert [
        best[name]
        for name in (
            "table",
            "rank",
            "run",
            "runs",
            "seeds",
            "annealing",
            "forcing",
            "past",
            "future",
            "epochs",
            "parameters",
        )
    ] == ["1", "1", "none_on", "3", "1;2;3", "none", "linear_decay", "2", "10", "3", "18"]
    assert best["folders"].split(";") == [str(ablation / "none_on" / f"seed_{seed}") for seed in (1, 2, 3)]
    evaluated = [row for row in rows if row["table"] == "2"]
    assert [row["run"] for row in evaluated] == [
        "none_on",
        "none_off",
        "cyclical_on",
        "cyclical_off",
        "copy last",
        "copy first",
    ]
    assert evaluated[0]["psnr worst"] and evaluated[-1]["psnr best"] == "16.0"
