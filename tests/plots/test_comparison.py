"""Plots of several runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vidpred.plots import comparison as comparison_plots
from vidpred.plots.chart_spec import RUN_COLOURS, ChartSpec, Series, run_role
from vidpred.plots.comparison import draw_overlays


def test_the_best_runs_have_colours_and_all_others_are_grey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    legends: list[Any] = []
    monkeypatch.setattr(comparison_plots, "_add_shared_legend", lambda rows, charts: legends.append((rows, charts)))
    series = [Series(label=f"_run {index} $x$", role=run_role(index), values=[index, index]) for index in range(11)]
    series.append(Series(label="copy last", role="copy_last", values=[3.0, 3.0]))
    draw_overlays(tmp_path / "x.png", [ChartSpec(title="PSNR", x=[0, 1], series=series)])
    ((rows, charts),) = legends
    lines = rows[0].get_lines()
    assert [line.get_color() for line in lines[:8]] == list(RUN_COLOURS)
    assert len({line.get_color() for line in lines[8:11]}) == 1
    labels = list(comparison_plots._legend_handles(rows, charts))
    assert labels == [*(f"run {index} $x$" for index in range(8)), "3 others", "copy last"]
