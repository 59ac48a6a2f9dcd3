"""The charts of comparable groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.comparison.written_runs import compare, write_run
from vidpred.comparison.curves import overlay_charts
from vidpred.plots.comparison import draw_overlays


def test_curves_are_means_over_seeds(ablation: Path) -> None:
    validation, evaluated = compare(ablation).groups
    plots = overlay_charts(validation)
    assert list(plots) == ["losses", "psnr", "psnr_per_frame"]
    (psnr,) = plots["psnr"]
    assert [series.label for series in psnr.series[:-1]] == [
        "none, value 1; linear_decay",
        "none, value 1; constant, ratio 0",
        "cyclical; linear_decay",
        "cyclical; constant, ratio 0",
    ]
    assert psnr.series[0].values == pytest.approx([21.0, 23.2, 22.0]) and psnr.x == [0, 1, 2]
    assert psnr.series[0].low is not None and psnr.series[0].low[1] == pytest.approx(23.2 - 0.1)
    assert (psnr.series[-1].label, psnr.series[-1].values) == ("copy last", [17.0, 17.0, 17.0])
    training, validated = plots["losses"]
    assert training.series[0].values == pytest.approx([1, 1 / 2, 1 / 3])
    assert validated.series[3].values[0] == pytest.approx(10**-1.8)
    (frames,) = plots["psnr_per_frame"]
    assert (frames.x, frames.series[0].values, frames.series[-1].values) == ([2, 3], [22, 19], [17, 16])
    (best,) = overlay_charts(evaluated)["psnr_per_frame"]
    assert best.title.endswith("best of 10") and best.series[0].values == pytest.approx(
        [25.2 - frame for frame in range(2, 6)]
    )


def test_epochs_that_a_seed_lacks_are_left_out_of_the_mean(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [18.0, None, 20.0])
    write_run(tmp_path / "b", [19.0, 21.0, 21.0], seed=2)
    chart = overlay_charts(compare(tmp_path).groups[0])["psnr"][0]
    assert (chart.x, chart.series[0].values) == ([0, 2], [18.5, 20.5])


def test_unreadable_previews_and_results_leave_a_chart_empty(ablation: Path, tmp_path: Path) -> None:
    for path in [*ablation.glob("*/*/previews/*.json"), *ablation.glob("*/*/eval/*/per_frame.csv")]:
        path.write_text('{"per_frame": {"predicted": []}}')
    for number, group in enumerate(compare(ablation).groups):
        charts = overlay_charts(group)["psnr_per_frame"]
        assert [series.values for series in charts[0].series] == [[]] * 4
        draw_overlays(tmp_path / f"{number}.png", charts)
