"""The tables of `vidpred eval` in terminals and pipes."""

from __future__ import annotations

from pathlib import Path

import pytest

import vidpred as vp
from tests.trained_runs import finished_run as finished_run, run as run
from vidpred.cli.console import print_grid
from vidpred.cli.result_table import result_tables


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
