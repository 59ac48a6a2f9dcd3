"""A report shows the run's evaluations: one at a time, each with its terms."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.report.browser import Page
from tests.report.page_actions import opened
from tests.report.page_contents import data_of
from tests.report.run_folders import write_run
from tests.written_results import result, write_result
from vidpred.errors import VidpredError
from vidpred.evaluation.result_schema import COLUMNS, read_per_frame, read_result
from vidpred.report import page
from vidpred.runs.layout import EVALUATIONS, RESULT, RESULT_PER_FRAME


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = write_run(tmp_path / "run", epochs=3, every=3)
    metrics = {"psnr": "dB", "mse": "error"}
    write_result(folder, "svg", best=21.0, mean=20.0, metrics=metrics, data="<b>x</b>")
    write_result(folder, "one_sample", samples=1, past=1, metrics=metrics)
    page.write_report_page(folder)
    return folder


def test_every_result_is_in_the_page_with_its_table_terms_and_frames(run: Path) -> None:
    one, many = data_of(run / "report.html")["evaluations"]
    assert (one["label"], many["label"]) == ("one_sample", "svg")
    assert many["rows"] == ["best of 10", "mean of 10", "worst of 10", "one sample", "copy last", "copy first"]
    assert one["rows"] == ["prediction", "copy last", "copy first"]
    psnr, mse = many["columns"]
    assert psnr["cells"][0] == "21.00 ± 1.00" and psnr["best"] == [True, False, False, False, False, False]
    assert mse["best"] == [False, False, False, False, False, True] and one["columns"][0]["best"] == [
        True,
        False,
        False,
    ]
    assert any(note.startswith("condition gap: +3.00 ± 1.00 dB") for note in many["notes"])
    assert any("svg/1, 2 -> 28, 10 samples; test, 3 clips of <b>x</b>" in note for note in many["notes"])
    chart = many["charts"][0]
    assert chart["x"] == [2, 3, 4, 5] and chart["series"][0]["values"] == [19.0, 18.0, 17.0, 16.0]
    assert [line["label"] for line in chart["series"]] == [
        "best of 10",
        "mean of 10",
        "worst of 10",
        "copy last",
        "copy first",
    ]
    assert [line["label"] for line in one["charts"][0]["series"]] == ["prediction", "copy last"]


def test_one_is_shown_at_a_time_and_another_can_be_chosen(tab: Callable[[], Page], run: Path) -> None:
    seen = opened(tab, run)
    rows = "[...document.querySelectorAll('#results tbody th')].map((cell) => cell.textContent)"
    assert seen.run(rows) == ["prediction", "copy last", "copy first"]
    assert seen.run("document.querySelectorAll('#evaluated-frames .chart').length") == 2
    seen.run("document.querySelectorAll('#evaluations button')[1].click()")
    assert seen.run(rows)[0] == "best of 10"
    assert seen.run("document.querySelector('#results .best').textContent") == "21.00 ± 1.00*"
    assert "<b>x</b>" in seen.run("document.querySelector('#results-notes').textContent")
    assert seen.run("document.querySelectorAll('#results-notes b').length") == 0


def test_a_run_without_results_shows_no_such_section(tab: Callable[[], Page], tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=3, every=3)
    page.write_report_page(folder)
    assert opened(tab, folder).run("document.querySelector('#evaluations-section').hidden") is True


@pytest.mark.parametrize("content", ["", "[]", "{", '{"format": 2}', '{"format": 1, "metrics": {"psnr": 3}}', "null"])
def test_what_is_no_result_says_so_and_the_others_are_shown(run: Path, content: str) -> None:
    (run / EVALUATIONS / "svg" / RESULT).write_text(content)
    (run / EVALUATIONS / "one_sample" / RESULT_PER_FRAME).write_text("metric,frame\npsnr,x\n")
    with pytest.raises(VidpredError, match="is no result of this version of vidpred"):
        read_result(run / EVALUATIONS / "svg")
    page.write_report_page(run)
    one, torn = data_of(run / "report.html")["evaluations"]
    assert one["label"] == "one_sample" and one["charts"] == [] and len(one["columns"]) == 2
    assert (
        torn["columns"] == torn["charts"] == []
        and "is no result of this version" in torn["notes"][0]
        and "evaluate again" in torn["notes"][0]
    )


def test_figures_that_are_missing_are_gaps(tab: Callable[[], Page], run: Path) -> None:
    folder = run / EVALUATIONS / "svg"
    found = result(metrics={"psnr": "dB"})
    for column in ("best", "mean", "worst", "one"):
        found["metrics"]["psnr"][column] = {"mean": None, "low": None, "high": None}
    found["posterior"] = {
        "kl": None,
        "kl_per_dimension": [None],
        "active": 0,
        "units": 4,
        "active_per_dimension": [0],
        "definition": "",
    }
    (folder / RESULT).write_text(json.dumps(found))
    rows = (folder / RESULT_PER_FRAME).read_text().splitlines()
    (folder / RESULT_PER_FRAME).write_text("\n".join([*rows[:2], "psnr,3,3,nan,inf,-inf,nan,14.0,13.0", *rows[3:]]))
    page.write_report_page(run)
    many = data_of(run / "report.html")["evaluations"][1]
    (psnr,) = many["columns"]
    assert psnr["cells"] == ["–", "–", "–", "–", "17.00 ± 1.00", "16.00 ± 1.00"] and psnr["best"] == [False] * 4 + [
        True,
        False,
    ]
    assert any(note.startswith("posterior: KL – nats a step, 0 of 4 units active") for note in many["notes"])
    best, *_, copied = many["charts"][0]["series"]
    assert best["values"][1] is None and best["values"][0] is not None and copied["values"][1] == 13.0
    seen = opened(tab, run)
    seen.run("document.querySelectorAll('#evaluations button')[1].click()")
    seen.until("document.querySelector('#evaluated-frames .line.copy_first')")


@pytest.mark.parametrize("frame", [-1, 10**18])
def test_frames_that_no_clip_has_are_no_figures(run: Path, frame: int) -> None:
    (run / EVALUATIONS / "svg" / RESULT_PER_FRAME).write_text(
        "\n".join([",".join(["metric", "frame", "clips", *COLUMNS]), f"psnr,{frame},3,1,1,1,1,1,1"])
    )
    assert read_per_frame(run / EVALUATIONS / "svg") == {}
