"""The page as a whole, in real headless Chromium: no error, no request, no foreign script, light and dark, telephones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.report.browser import Page
from tests.report.page_actions import choose_frame, click, opened
from tests.report.run_folders import ENVIRONMENT, RECIPE, record, write_run
from vidpred.report import page as report


def test_no_error_and_no_request(tab: Callable[[], Page], run: Path) -> None:
    page = opened(tab, run)
    choose_frame(page, 5)
    page.run("new Promise((done) => setTimeout(done, 200))")
    assert page.console == []
    assert page.requests[0] == (run / "report.html").as_uri() and all(
        url.startswith("data:image/") for url in page.requests[1:]
    )
    assert page.run("document.title") == "tiny, run" and page.run("document.querySelectorAll('.chart').length") == 11


def test_light_and_dark(tab: Callable[[], Page], run: Path) -> None:
    brightness = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((sum, one) => sum + Number(one), 0)"
    page = opened(tab, run)
    assert page.run(brightness) > 700
    click(page, "#theme")
    assert page.run(brightness) < 120
    page.open(run / "report.html")
    assert page.run(brightness) < 120  # remembered
    click(page, "#theme")
    assert page.run(brightness) > 700
    dark = opened(tab, run, prefers_color_scheme="dark")
    dark.run("delete document.documentElement.dataset.theme")
    assert dark.run(brightness) < 120
    click(dark, "#theme")
    assert dark.run(brightness) > 700


HOSTILE = '</script><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>' + "w" * 150


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Markup, and words of 150 letters, in every name."""
    recipe = {
        **RECIPE,
        "name": HOSTILE,
        "data": {"name": HOSTILE, "root": HOSTILE, HOSTILE: HOSTILE},
        "annealer": HOSTILE,
        HOSTILE: HOSTILE,
    }
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
    strange = {HOSTILE: 3.0, "copy_last": {HOSTILE: 1.0}, HOSTILE + "2": {HOSTILE: 2.0}}
    with (folder / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(record(2, train={HOSTILE: 1.0, "other" + HOSTILE: 1.0}, validate=strange)) + "\n")
    report.write_report_page(folder)
    return folder


@pytest.mark.parametrize("width", [375, 1280])
def test_names_that_are_markup_are_inert(tab: Callable[[], Page], hostile: Path, width: int) -> None:
    page = opened(tab, hostile, width)
    page.run("new Promise((done) => setTimeout(done, 200))")
    assert (
        page.console == []
        and page.run("window.hacked") is None
        and page.run("document.querySelectorAll('img').length") == 0
    )
    assert page.run("document.querySelector('h1').textContent") == HOSTILE and HOSTILE in page.run(
        "document.querySelector('#description').textContent"
    )
    assert page.run("document.querySelector('#metrics .chart:last-child h3').textContent") == HOSTILE
    assert page.run("document.documentElement.scrollWidth") == width


def test_a_script_that_got_in_would_not_run(tab: Callable[[], Page], run: Path) -> None:
    page = opened(tab, run)
    page.run(
        "(() => { const script = document.createElement('script'); script.textContent = 'window.hacked = 1'; document.body.append(script); })()"
    )
    page.run(
        "(() => { document.body.insertAdjacentHTML('beforeend', '<img src=https://example.org/a.png onerror=window.hacked=1>'); })()"
    )
    page.run("new Promise((done) => setTimeout(done, 200))")
    assert page.run("window.hacked") is None and any("Content Security Policy" in line for line in page.console)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_telephone_needs_no_sideways_scrolling(tab: Callable[[], Page], run: Path, scheme: str) -> None:
    page = opened(tab, run, 375, prefers_color_scheme=scheme)
    assert page.run("[document.documentElement.scrollWidth, innerWidth]") == [375, 375]
    small = "[...document.querySelectorAll('#player canvas, .plot, h2, #scrubber')].filter((one) => one.getBoundingClientRect().right > 375).length"
    assert page.run(small) == 0
    page.size(1280, 900)
    page.until(
        "Number(document.querySelector('#metrics .plot').viewBox.baseVal.width) > 400"
    )  # drawn anew for the new width


def test_runs_without_previews_or_epochs_have_a_page(tab: Callable[[], Page], tmp_path: Path) -> None:
    for name, epochs in (("no_previews", 3), ("no_epochs", 0)):
        folder = write_run(tmp_path / name, epochs=epochs, every=100)
        report.write_report_page(folder)
        page = opened(tab, folder)
        assert page.console == [] and "No preview" in page.run("document.querySelector('#player').textContent")
        assert page.run("document.querySelector('#learning-section').hidden") == (epochs == 0)
        assert page.run("document.querySelector('#description').children.length") > 10


def test_the_headline_says_what_is_better_than_its_baseline(tab: Callable[[], Page], tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=1, every=1)
    validated = {
        "psnr": 20.0,
        "ssim": 0.5,
        "lpips": 0.1,
        "mse": 0.02,
        "copy_last": {"psnr": 18.0, "ssim": 0.8, "lpips": 0.3, "mse": 0.01},
    }
    (folder / "metrics.jsonl").write_text(json.dumps(record(0, validate=validated)) + "\n")
    report.write_report_page(folder)
    page = opened(tab, folder)
    told = page.run(
        "[...document.querySelectorAll('#headline .better, #headline .worse')].map((one) => [one.className, one.textContent])"
    )
    assert told == [["better", "+2"], ["worse", "−0.3"], ["better", "−0.2"], ["worse", "+0.01"]]
    assert page.run("document.querySelector('#headline .big').textContent") == "20dB"
