"""The curves, in real headless Chromium."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.report.browser import Page
from tests.report.page_actions import centre, click, frame, opened
from tests.report.run_folders import record


def psnr(epoch: int) -> list[float]:
    """As the chart's legend has it: train, validation, copy last."""
    return [record(epoch)["train"]["psnr"], record(epoch)["validate"]["psnr"], 18.2]


def test_pointing_at_a_curve_gives_its_values_in_all_charts(tab: Callable[[], Page], run: Path) -> None:
    page = opened(tab, run)
    values = "[...document.querySelectorAll('#metrics .chart:first-child .value')].map((one) => one.textContent)"
    assert [float(value) for value in page.run(values)] == pytest.approx(psnr(99), abs=0.01)
    x, y = centre(page, "#metrics .chart .plot")
    page.mouse("mouseMoved", x, y)
    epoch = int(page.run("document.querySelector('#metrics .cursor .at').textContent").removeprefix("epoch "))
    assert 40 < epoch < 60
    assert [float(value) for value in page.run(values)] == pytest.approx(psnr(epoch), abs=0.01)
    assert (
        page.run("[...document.querySelectorAll('#metrics .cursor .at')].map((one) => one.textContent)")
        == [f"epoch {epoch}"] * 2
    )
    assert page.run("document.querySelector('#schedules .cursor .at').textContent") == f"epoch {epoch}"
    page.mouse("mouseMoved", 2, 2)
    assert page.run("document.querySelectorAll('#metrics .cursor *').length") == 0
    page.run("document.querySelector('#losses .plot').focus()")
    page.key("ArrowRight")
    page.key("ArrowRight")
    assert (
        page.run("document.querySelector('#losses .cursor .at').textContent") == "epoch 1"
        and frame(page) == "frame 0 / 11"
    )


def test_lines_can_be_switched_off(tab: Callable[[], Page], run: Path) -> None:
    page = opened(tab, run)
    lines = "[...document.querySelectorAll('#metrics .chart:first-child path.line')].map((one) => one.classList[1])"
    path = "document.querySelector('#metrics path.line.train').getAttribute('d')"
    ticks = "[...document.querySelectorAll('#metrics .chart:first-child .tick')].map((one) => one.textContent).join()"
    assert (
        sorted(page.run(lines)) == ["copy_last", "train", "validation"]
        and page.run("document.querySelectorAll('#metrics .best-mark').length") == 2
    )
    before = page.run(path)
    for place in (2, 3):
        click(page, f"#metrics .chart:first-child .legend button:nth-child({place})")
    assert page.run(lines) == ["train"] and page.run(path) != before  # the axis fits what is left
    assert page.run("document.querySelectorAll('#metrics .best-mark').length") == 1
    click(page, "#metrics .chart:first-child .legend button:nth-child(1)")
    assert page.run(lines) == [] and "hidden" in page.run(ticks)
    for place in (1, 2, 3):
        click(page, f"#metrics .chart:first-child .legend button:nth-child({place})")
    assert page.run(path) == before and page.console == []


def test_resets_and_best_epochs_are_marked(tab: Callable[[], Page], run: Path) -> None:
    page = opened(tab, run)
    at = "[...document.querySelectorAll('#metrics .chart:first-child .reset-line')].map((one) => Number(one.getAttribute('x1')))"
    first, last = page.run(
        "(() => { const box = document.querySelector('#metrics .plot').viewBox.baseVal; return [46, box.width - 14]; })()"
    )
    assert page.run(at) == pytest.approx([first + (last - first) * epoch / 99 for epoch in (40, 80)], abs=0.1)
    assert page.run("document.querySelector('#metrics .best').textContent") == "best 21.51, epoch 80"
    assert page.run("Number(document.querySelector('#metrics .best-mark').getAttribute('cx'))") == pytest.approx(
        page.run(at)[1], abs=0.1
    )
