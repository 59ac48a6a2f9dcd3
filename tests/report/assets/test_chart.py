"""chart.js: the charts of a page, in headless Chromium."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.report.browser import Page
from tests.report.page_actions import FRAME_LABEL, center_of, click, open_report
from tests.report.run_folders import record
from vidpred.plots.chart_spec import STYLES

FIRST = "#metrics .chart:first-child"
LINE_ROLES = f"[...document.querySelectorAll('{FIRST} path.line')].map((line) => line.classList[1])"
RESET_X = f"[...document.querySelectorAll('{FIRST} .reset-line')].map((line) => Number(line.getAttribute('x1')))"
PLOT_WIDTH = "document.querySelector('#metrics .plot').viewBox.baseVal.width"


def psnr_values(epoch: int) -> list[float]:
    """Return the values in the legend of the PSNR chart: train, validation, copy last."""
    return [record(epoch)["train"]["psnr"], record(epoch)["validate"]["psnr"], 18.2]


def shown_values(page: Page) -> list[float]:
    return [float(text) for text in page.texts(f"{FIRST} .value")]


def test_pointing_at_a_curve_shows_its_values_in_all_charts(open_tab: Callable[[], Page], run: Path) -> None:
    page = open_report(open_tab, run)
    assert shown_values(page) == pytest.approx(psnr_values(99), abs=0.01)
    page.move_mouse(*center_of(page, "#metrics .chart .plot"))
    epoch = int(page.text("#metrics .cursor .at").removeprefix("epoch "))
    assert 40 < epoch < 60
    assert shown_values(page) == pytest.approx(psnr_values(epoch), abs=0.01)
    assert page.texts("#metrics .cursor .at") == [f"epoch {epoch}"] * 2
    assert page.text("#schedules .cursor .at") == f"epoch {epoch}"
    page.move_mouse(2, 2)
    assert page.count("#metrics .cursor *") == 0


def test_arrow_keys_move_the_cursor_of_a_focused_chart_only(open_tab: Callable[[], Page], run: Path) -> None:
    page = open_report(open_tab, run)
    page.run("document.querySelector('#losses .plot').focus()")
    page.press_key("ArrowRight")
    page.press_key("ArrowRight")
    assert page.text("#losses .cursor .at") == "epoch 1" and page.text(FRAME_LABEL) == "frame 0 / 11"


def test_lines_can_be_hidden(open_tab: Callable[[], Page], run: Path) -> None:
    page = open_report(open_tab, run)
    assert sorted(page.run(LINE_ROLES)) == ["copy_last", "train", "validation"]
    assert page.count("#metrics .best-mark") == 2
    before = page.attribute(f"{FIRST} path.line.train", "d")
    for number in (2, 3):
        click(page, f"{FIRST} .legend button:nth-child({number})")
    assert page.run(LINE_ROLES) == ["train"]
    assert page.attribute(f"{FIRST} path.line.train", "d") != before  # the axis fits the remaining line
    assert page.count("#metrics .best-mark") == 1
    click(page, f"{FIRST} .legend button:nth-child(1)")
    assert page.run(LINE_ROLES) == [] and "hidden" in "".join(page.texts(f"{FIRST} .tick"))
    for number in (1, 2, 3):
        click(page, f"{FIRST} .legend button:nth-child({number})")
    assert page.attribute(f"{FIRST} path.line.train", "d") == before and page.console == []


def test_resets_and_best_epochs_are_marked(open_tab: Callable[[], Page], run: Path) -> None:
    page = open_report(open_tab, run)
    left, right = 46, page.run(PLOT_WIDTH) - 14
    resets = [left + (right - left) * epoch / 99 for epoch in (40, 80)]
    assert page.run(RESET_X) == pytest.approx(resets, abs=0.1)
    assert page.text("#metrics .best") == "best 21.51, epoch 80"
    assert float(page.attribute("#metrics .best-mark", "cx")) == pytest.approx(resets[1], abs=0.1)


def test_lines_have_the_style_that_python_states(open_tab: Callable[[], Page], run: Path) -> None:
    page = open_report(open_tab, run)
    style = STYLES["copy_last"]
    line = f"{FIRST} path.line.copy_last"
    assert float(page.attribute(line, "stroke-width")) == style.width
    dash = [float(length) for length in page.attribute(line, "stroke-dasharray").split()]
    assert dash == pytest.approx([length * style.width for length in style.dash], abs=0.01)
    red, green, blue = (int(style.colour[at : at + 2], 16) for at in (1, 3, 5))
    colour = page.run(f"getComputedStyle(document.querySelector('{line}')).stroke")
    assert colour == f"rgb({red}, {green}, {blue})"
