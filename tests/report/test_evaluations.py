"""The evaluations in a report: one at a time, each with its protocol."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.report.browser import Page
from tests.report.page_actions import open_report
from tests.report.page_contents import page_data
from tests.report.run_folders import write_run
from tests.written_results import result, write_result
from vidpred.report.page import write_report_page
from vidpred.runs.layout import EVALUATIONS, RESULT, RESULT_PER_FRAME

ROWS = "#results tbody th"
MISSING = {"mean": None, "low": None, "high": None}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with two results, "one_sample" and "svg", and their report."""
    folder = write_run(tmp_path / "run", epochs=3, every=3)
    metrics = {"psnr": "dB", "mse": "error"}
    write_result(folder, "svg", best=21.0, mean=20.0, metrics=metrics, data="<b>x</b>")
    write_result(folder, "one_sample", samples=1, past=1, metrics=metrics)
    write_report_page(folder)
    return folder


def sections(run: Path) -> list[dict[str, Any]]:
    evaluations: list[dict[str, Any]] = page_data(run / "report.html")["evaluations"]
    return evaluations


def test_every_result_is_in_the_page_with_its_table(run: Path) -> None:
    single, many = sections(run)
    assert (single["label"], many["label"]) == ("one_sample", "svg")
    assert many["rows"] == ["best of 10", "mean of 10", "worst of 10", "one sample", "copy last", "copy first"]
    assert single["rows"] == ["prediction", "copy last", "copy first"]
    psnr, mse = many["columns"]
    assert psnr["metric"] == "PSNR" and psnr["cells"][0] == "21.00 ± 1.00"
    assert psnr["best"] == [True, False, False, False, False, False]
    assert mse["best"] == [False, False, False, False, False, True]
    assert single["columns"][0]["best"] == [True, False, False]


def test_every_result_is_in_the_page_with_its_protocol(run: Path) -> None:
    _, many = sections(run)
    assert any(note.startswith("condition gap: +3.00 ± 1.00 dB") for note in many["notes"])
    assert any("svg/1, 2 -> 28, 10 samples; test, 3 clips of <b>x</b>" in note for note in many["notes"])


def test_every_result_is_in_the_page_with_its_curves(run: Path) -> None:
    single, many = sections(run)
    chart = many["charts"][0]
    labels = [series["label"] for series in chart["series"]]
    assert labels == ["best of 10", "mean of 10", "worst of 10", "copy last", "copy first"]
    assert chart["x"] == [2, 3, 4, 5] and chart["series"][0]["values"] == [19.0, 18.0, 17.0, 16.0]
    assert chart["series"][0]["low"] == chart["series"][2]["values"]  # the band from the worst to the best
    assert [series["label"] for series in single["charts"][0]["series"]] == ["prediction", "copy last"]


def test_one_result_is_shown_and_another_can_be_chosen(open_tab: Callable[[], Page], run: Path) -> None:
    page = open_report(open_tab, run)
    assert page.texts(ROWS) == ["prediction", "copy last", "copy first"]
    assert page.count("#evaluated-frames .chart") == 2
    page.run("document.querySelectorAll('#evaluations button')[1].click()")
    assert page.texts(ROWS)[0] == "best of 10"
    assert page.text("#results .best") == "21.00 ± 1.00*"
    page.wait_until("document.querySelectorAll('#evaluated-frames .band.validation').length === 2")
    assert "<b>x</b>" in page.text("#results-notes") and page.count("#results-notes b") == 0


def test_a_run_without_results_shows_no_such_section(open_tab: Callable[[], Page], tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=3, every=3)
    write_report_page(folder)
    assert open_report(open_tab, folder).run("document.querySelector('#evaluations-section').hidden") is True


@pytest.mark.parametrize("content", ["", "[]", "{", '{"format": 2}', '{"format": 1, "metrics": {"psnr": 3}}', "null"])
def test_a_broken_result_is_named_and_the_others_are_shown(run: Path, content: str) -> None:
    (run / EVALUATIONS / "svg" / RESULT).write_text(content)
    (run / EVALUATIONS / "one_sample" / RESULT_PER_FRAME).write_text("metric,frame\npsnr,x\n")
    write_report_page(run)
    single, broken = sections(run)
    assert single["label"] == "one_sample" and single["charts"] == [] and len(single["columns"]) == 2
    assert broken["columns"] == broken["charts"] == []
    assert str(run / EVALUATIONS / "svg" / RESULT) in broken["notes"][0] and "evaluate again" in broken["notes"][0]


def write_result_with_missing_values(folder: Path) -> None:
    values = result(metrics={"psnr": "dB"})
    values["metrics"]["psnr"] |= dict.fromkeys(("best", "mean", "worst", "one"), MISSING)
    values["posterior"] = {
        "kl": None,
        "kl_per_dimension": [None],
        "active": 0,
        "units": 4,
        "active_per_dimension": [0],
        "definition": "",
    }
    (folder / RESULT).write_text(json.dumps(values))
    rows = (folder / RESULT_PER_FRAME).read_text().splitlines()
    rows[2] = "psnr,3,3,nan,inf,-inf,nan,14.0,13.0"
    (folder / RESULT_PER_FRAME).write_text("\n".join(rows))


def test_missing_values_are_gaps(open_tab: Callable[[], Page], run: Path) -> None:
    write_result_with_missing_values(run / EVALUATIONS / "svg")
    write_report_page(run)
    _, many = sections(run)
    (psnr,) = many["columns"]
    assert psnr["cells"] == ["–", "–", "–", "–", "17.00 ± 1.00", "16.00 ± 1.00"]
    assert psnr["best"] == [False, False, False, False, True, False]
    assert any(note.startswith("posterior: KL – nats a step, 0 of 4 units active") for note in many["notes"])
    best, *_, copied = many["charts"][0]["series"]
    assert best["values"][1] is None and best["values"][0] is not None and copied["values"][1] == 13.0
    page = open_report(open_tab, run)
    page.run("document.querySelectorAll('#evaluations button')[1].click()")
    page.wait_until("document.querySelector('#evaluated-frames .line.copy_first')")


@pytest.mark.parametrize("frame", [-1, 10**18])
def test_values_of_impossible_frames_are_not_drawn(run: Path, frame: int) -> None:
    path = run / EVALUATIONS / "svg" / RESULT_PER_FRAME
    header = path.read_text().splitlines()[0]
    path.write_text(f"{header}\npsnr,{frame},3,1,1,1,1,1,1")
    write_report_page(run)
    assert sections(run)[1]["charts"] == []
