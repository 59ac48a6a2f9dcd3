"""The player: frames, keys, strip and curve, in real headless Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.report.browser import Page
from tests.report.page_actions import canvases, choose_frame, click, frame, opened, stored
from tests.report.run_folders import write_run
from vidpred.report import page as report


def test_the_frame_shown_is_the_frame_chosen(tab: Callable[[], Page], run: Path) -> None:
    page = opened(tab, run)
    for epoch, clip, t in ((99, 0, 7), (99, 1, 7), (49, 1, 11), (49, 0, 0), (49, 0, 2)):
        page.run(f"""(() => {{ const chosen = document.querySelector('#preview');
          chosen.value = String({int(epoch == 99)}); chosen.dispatchEvent(new Event('change')); }})()""")
        page.run("new Promise((done) => setTimeout(done, 100))")
        page.run(f"document.querySelectorAll('#clips button')[{clip}].click()")
        page.run("new Promise((done) => setTimeout(done, 50))")
        choose_frame(page, t)
        shown, wanted = canvases(page), stored(run, epoch, clip, t)
        assert frame(page) == f"frame {t} / 11" and len(shown) == len(wanted) == 5
        assert [border for border, _ in shown] == ["given", *["given" if t < 2 else "predicted"] * 4]
        for (_, pixels), kept in zip(shown, wanted, strict=True):
            assert (pixels == kept).all(), (epoch, clip, t)
    names = page.run(
        "[...document.querySelectorAll('#cells figcaption span:first-child')].map((one) => one.textContent)"
    )
    assert names[:3] == ["truth", "posterior", "best of 3"] and len(set(names)) == 5


def test_the_strip_shows_every_frame_and_chooses_one(tab: Callable[[], Page], run: Path) -> None:
    page = opened(tab, run)
    for row, button in ((1, 0), (2, 1), (3, 2)):
        page.run(f"document.querySelectorAll('#strip-rows button')[{button}].click()")
        page.run("new Promise((done) => setTimeout(done, 50))")
        shown = canvases(page, "#strip canvas")
        assert len(shown) == 24
        for t in range(12):
            wanted = stored(run, 99, 0, t)
            assert (shown[2 * t][1] == wanted[0]).all() and (shown[2 * t + 1][1] == wanted[row]).all()
            assert [border for border, _ in shown[2 * t : 2 * t + 2]] == ["given", "given" if t < 2 else "predicted"]
    click(page, "#strip .step:nth-child(9)")
    assert (
        frame(page) == "frame 8 / 11"
        and page.run("[...document.querySelectorAll('#strip .step')].findIndex((one) => one.matches('.current'))") == 8
    )


def test_the_player_moves_and_stops(tab: Callable[[], Page], run: Path) -> None:
    page = opened(tab, run)
    assert frame(page) == "frame 0 / 11"  # with prefers-reduced-motion nothing moves by itself
    click(page, "#play")
    seen = set()
    for _ in range(60):
        seen.add(frame(page))
        page.run("new Promise((done) => setTimeout(done, 60))")
    assert len(seen) == 12  # each frame, and round again
    click(page, "#play")
    still = frame(page)
    page.run("new Promise((done) => setTimeout(done, 500))")
    assert frame(page) == still
    moving = opened(tab, run, prefers_reduced_motion="no-preference")
    moving.until("document.querySelector('#frame-label').textContent.startsWith('frame 3')")


def test_the_keyboard_moves_the_player(tab: Callable[[], Page], run: Path) -> None:
    page = opened(tab, run)
    for key, wanted in (
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("ArrowLeft", 0),
        ("ArrowLeft", 11),
        ("ArrowRight", 0),
    ):
        page.key(key)
        assert frame(page) == f"frame {wanted} / 11"
    click(page, "#cells canvas")
    page.key("ArrowDown")
    page.until("document.querySelector('#preview').value === '0'")
    page.key("ArrowUp")
    page.until("document.querySelector('#preview').value === '1'")
    page.key(" ")
    page.until("document.querySelector('#frame-label').textContent !== 'frame 0 / 11'")
    page.key(" ")
    still, top = frame(page), page.run("scrollY")
    page.run("new Promise((done) => setTimeout(done, 500))")
    assert frame(page) == still and page.run("scrollY") == top


def test_the_cursor_moves_along_and_the_curve_chooses_a_frame(tab: Callable[[], Page], run: Path) -> None:
    page, places = opened(tab, run), []
    page.until("document.querySelector('#player-curve .cursor line')")
    about = json.loads((run / "previews" / "epoch_0099.json").read_text())
    for t in (2, 6, 11):
        choose_frame(page, t)
        places.append(page.run("Number(document.querySelector('#player-curve .cursor line').getAttribute('x1'))"))
        told = page.run("[...document.querySelectorAll('#player-curve .value')].map((one) => Number(one.textContent))")
        best = about["psnr"]["samples"][0][about["best"][0]][t - 2]
        assert told[0] == pytest.approx(best, abs=0.005) and told[-1] == pytest.approx(
            about["psnr"]["copy_last"][0][t - 2], abs=0.005
        )
        bar = page.run(
            "(() => { const box = document.querySelector('#scrubber').getBoundingClientRect(); return [box.left, box.width]; })()"
        )
        plot = page.run("document.querySelector('#player-curve .plot').getBoundingClientRect().left")
        assert bar[0] + 8 + (bar[1] - 16) * t / 11 == pytest.approx(
            plot + places[-1], abs=1
        )  # the scrubber's thumb is above the cursor
    assert np.diff(places)[1] / np.diff(places)[0] == pytest.approx(5 / 4, abs=0.01)
    page.run("document.querySelector('#player-curve').scrollIntoView({block: 'center'})")
    left, top = page.run(
        "(() => { const box = document.querySelector('#player-curve .plot').getBoundingClientRect(); return [box.left, box.top]; })()"
    )
    page.mouse("mousePressed", left + places[1] + 3, top + 60, button="left", buttons=1, clickCount=1)
    page.mouse("mouseReleased", left + places[1] + 3, top + 60, button="left", clickCount=1)
    assert frame(page) == "frame 6 / 11"


def test_lines_of_the_player_stay_switched_off(tab: Callable[[], Page], run: Path) -> None:
    page = opened(tab, run)
    lines = "document.querySelectorAll('#player-curve path.line').length"
    page.until(f"{lines} === 5")
    click(page, "#player-curve .legend button:nth-child(2)")
    page.run("document.querySelectorAll('#clips button')[1].click()")
    page.until("document.querySelectorAll('#clips button')[1].getAttribute('aria-pressed') === 'true'")
    page.until(f"{lines} === 4")
    assert (
        page.run("document.querySelector('#player-curve .legend button:nth-child(2)').getAttribute('aria-pressed')")
        == "false"
    )


@pytest.mark.parametrize(
    "shape",
    [{"clips": 1, "frames": 63, "height": 32, "past": 1, "samples": 1}, {"samples": 16, "height": 30, "width": 100}],
)
def test_other_shapes(tab: Callable[[], Page], tmp_path: Path, shape: dict[str, int]) -> None:
    folder = write_run(tmp_path / "run", epochs=1, every=1, **shape)
    report.write_report_page(folder)
    page = opened(tab, folder, 375)
    last = shape.get("frames", 12) - 1
    choose_frame(page, last)
    shown = canvases(page)
    assert len(shown) == 2 + shape["samples"]
    assert all((pixels == kept).all() for (_, pixels), kept in zip(shown, stored(folder, 0, 0, last), strict=True))
    assert page.run("document.documentElement.scrollWidth") == 375 and page.console == []
    assert page.run("document.querySelector('#clip-choice').hidden") == (shape.get("clips") == 1)
