"""report.js: the page in headless Chromium: no error, no request, no injected script, both themes, small screens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.report.browser import Page
from tests.report.page_actions import choose_frame, click, open_report
from tests.report.run_folders import ENVIRONMENT, RECIPE, record, write_history, write_run
from vidpred.report.page import write_report_page

BRIGHTNESS = """getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)
  .reduce((sum, channel) => sum + Number(channel), 0)"""
VERDICTS = """[...document.querySelectorAll("#headline .better, #headline .worse, #headline .difference")]
  .map((node) => [node.className, node.textContent])"""
BEYOND_THE_EDGE = """[...document.querySelectorAll("#player canvas, .plot, h2, #scrubber")]
  .filter((node) => node.getBoundingClientRect().right > 375).length"""
INJECT_SCRIPT = """(() => {
  const script = document.createElement("script");
  script.textContent = "window.hacked = 1";
  document.body.append(script);
  document.body.insertAdjacentHTML("beforeend", "<img src=https://example.org/a.png onerror=window.hacked=1>");
})()"""
HOSTILE = '</script><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>' + "w" * 150


def test_the_page_has_no_errors_and_requests_nothing(open_tab: Callable[[], Page], run: Path) -> None:
    page = open_report(open_tab, run)
    choose_frame(page, 5)
    page.wait(200)
    assert page.console == []
    assert page.requests[0] == (run / "report.html").as_uri()
    assert all(url.startswith("data:image/") for url in page.requests[1:])
    assert page.run("document.title") == "tiny, run" and page.count(".chart") == 11


def test_the_page_has_a_light_and_a_dark_mode(open_tab: Callable[[], Page], run: Path) -> None:
    page = open_report(open_tab, run)
    assert page.run(BRIGHTNESS) > 700
    click(page, "#theme")
    assert page.run(BRIGHTNESS) < 120
    page.open(run / "report.html")
    assert page.run(BRIGHTNESS) < 120  # remembered
    click(page, "#theme")
    assert page.run(BRIGHTNESS) > 700
    dark = open_report(open_tab, run, prefers_color_scheme="dark")
    dark.run("delete document.documentElement.dataset.theme")
    assert dark.run(BRIGHTNESS) < 120
    click(dark, "#theme")
    assert dark.run(BRIGHTNESS) > 700


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with markup, and words of 150 letters, in every name."""
    data = {"name": HOSTILE, "root": HOSTILE}
    recipe = {**RECIPE, "name": HOSTILE, "data": data, "annealer": HOSTILE}
    environment = {
        **ENVIRONMENT,
        "device": HOSTILE,
        "platform": HOSTILE,
        "plugins": [{"name": HOSTILE, "version": HOSTILE, "sha256": HOSTILE}],
        "command": [HOSTILE, HOSTILE],
        "versions": {HOSTILE: HOSTILE},
        "init_from": HOSTILE,
    }
    folder = tmp_path_factory.mktemp("runs") / "<img src=x onerror=window.hacked=1>"
    write_run(folder, epochs=2, every=2, recipe=recipe, environment=environment)
    validate = {HOSTILE: 3.0, "copy_last": {HOSTILE: 1.0}, HOSTILE + "2": {HOSTILE: 2.0}}
    train = {HOSTILE: 1.0, "other" + HOSTILE: 1.0}
    write_history(folder, [record(0), record(1), record(2, train=train, validate=validate)])
    write_report_page(folder)
    return folder


@pytest.mark.parametrize("width", [375, 1280])
def test_names_that_are_markup_are_inert(open_tab: Callable[[], Page], hostile_run: Path, width: int) -> None:
    page = open_report(open_tab, hostile_run, width)
    page.wait(200)
    assert page.console == [] and page.run("window.hacked") is None and page.count("img") == 0
    assert page.text("h1") == HOSTILE and HOSTILE in page.text("#description")
    assert page.text("#metrics .chart:last-child h3") == HOSTILE
    assert page.run("document.documentElement.scrollWidth") == width


def test_an_injected_script_does_not_run(open_tab: Callable[[], Page], run: Path) -> None:
    page = open_report(open_tab, run)
    page.run(INJECT_SCRIPT)
    page.wait(200)
    assert page.run("window.hacked") is None
    assert any("Content Security Policy" in line for line in page.console)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_small_screen_needs_no_sideways_scrolling(open_tab: Callable[[], Page], run: Path, scheme: str) -> None:
    page = open_report(open_tab, run, 375, prefers_color_scheme=scheme)
    assert page.run("[document.documentElement.scrollWidth, innerWidth]") == [375, 375]
    assert page.run(BEYOND_THE_EDGE) == 0
    page.set_size(1280, 900)
    page.wait_until("document.querySelector('#metrics .plot').viewBox.baseVal.width > 400")  # redrawn


@pytest.mark.parametrize(("name", "epochs"), [("no_previews", 3), ("no_epochs", 0)])
def test_runs_without_previews_or_epochs_have_a_page(
    open_tab: Callable[[], Page], tmp_path: Path, name: str, epochs: int
) -> None:
    folder = write_run(tmp_path / name, epochs=epochs, every=100)
    write_report_page(folder)
    page = open_report(open_tab, folder)
    assert page.console == [] and "No preview" in page.text("#player")
    assert page.run("document.querySelector('#learning-section').hidden") == (epochs == 0)
    assert page.count("#description > *") > 10


def show_headline(open_tab: Callable[[], Page], folder: Path, validate: dict[str, Any], **environment: Any) -> Page:
    write_run(folder, epochs=1, every=1, environment={**ENVIRONMENT, **environment})
    write_history(folder, [record(0, validate=validate)])
    write_report_page(folder)
    return open_report(open_tab, folder)


def test_the_headline_marks_what_is_better_than_its_baseline(open_tab: Callable[[], Page], tmp_path: Path) -> None:
    copies = {"psnr": 18.0, "ssim": 0.8, "lpips": 0.3, "mse": 0.01}
    validate = {"psnr": 20.0, "ssim": 0.5, "lpips": 0.1, "mse": 0.02, "copy_last": copies}
    page = show_headline(open_tab, tmp_path / "run", validate)
    assert page.run(VERDICTS) == [["better", "+2"], ["worse", "−0.3"], ["better", "−0.2"], ["worse", "+0.01"]]
    assert page.text("#headline .big") == "20dB"


def test_a_better_plugin_metric_is_not_marked_as_worse(open_tab: Callable[[], Page], tmp_path: Path) -> None:
    validate = {"mae": 0.18, "score": 0.9, "unknown": 1.0, "copy_last": {"mae": 0.5, "score": 0.7, "unknown": 2.0}}
    metrics = {
        "mae": {"unit": "", "higher_is_better": False, "title": "Mean absolute error"},
        "score": {"unit": "", "higher_is_better": True, "title": "Score"},
    }
    page = show_headline(open_tab, tmp_path / "run", validate, metrics=metrics)
    assert page.run(VERDICTS) == [["better", "−0.32"], ["better", "+0.2"], ["difference", "−1"]]
    assert page.texts("#headline .name")[:2] == ["Mean absolute error", "Score"]
