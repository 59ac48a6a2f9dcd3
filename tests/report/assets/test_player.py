"""player.js: frames, keys, strip and curve, in headless Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.report.browser import Page
from tests.report.page_actions import FRAME_LABEL, choose_frame, click, open_report, read_canvases, stored_frames
from tests.report.run_folders import write_run
from vidpred.report.page import write_report_page

CHOOSE_PREVIEW = """(() => {
  const select = document.querySelector("#preview");
  select.value = String(%d);
  select.dispatchEvent(new Event("change"));
})()"""
CURRENT_STEP = "[...document.querySelectorAll('#strip .step')].findIndex((step) => step.matches('.current'))"
SCRUBBER_BOX = """(() => {
  const box = document.querySelector("#scrubber").getBoundingClientRect();
  return [box.left, box.width];
})()"""
PLOT_CORNER = """(() => {
  const box = document.querySelector("#player-curve .plot").getBoundingClientRect();
  return [box.left, box.top];
})()"""
SECOND_LEGEND_BUTTON = "#player-curve .legend button:nth-child(2)"


@pytest.mark.parametrize(("epoch", "clip", "t"), [(99, 0, 7), (99, 1, 7), (49, 1, 11), (49, 0, 0), (49, 0, 2)])
def test_the_chosen_frame_is_shown(open_tab: Callable[[], Page], run: Path, epoch: int, clip: int, t: int) -> None:
    page = open_report(open_tab, run)
    page.run(CHOOSE_PREVIEW % (epoch == 99))
    page.wait(100)
    page.run(f"document.querySelectorAll('#clips button')[{clip}].click()")
    page.wait(50)
    choose_frame(page, t)
    shown, expected = read_canvases(page), stored_frames(run, epoch, clip, t)
    assert page.text(FRAME_LABEL) == f"frame {t} / 11" and len(shown) == len(expected) == 5
    assert [border for border, _ in shown] == ["given", *["given" if t < 2 else "predicted"] * 4]
    assert all((pixels == frame).all() for (_, pixels), frame in zip(shown, expected, strict=True))
    names = page.texts("#cells figcaption span:first-child")
    assert names[:3] == ["truth", "posterior", "best of 3"] and len(set(names)) == 5


def test_the_strip_shows_every_frame_and_chooses_one(open_tab: Callable[[], Page], run: Path) -> None:
    page = open_report(open_tab, run)
    for row, button in ((1, 0), (2, 1), (3, 2)):
        page.run(f"document.querySelectorAll('#strip-rows button')[{button}].click()")
        page.wait(50)
        shown = read_canvases(page, "#strip canvas")
        assert len(shown) == 24
        for t in range(12):
            expected = stored_frames(run, 99, 0, t)
            assert (shown[2 * t][1] == expected[0]).all() and (shown[2 * t + 1][1] == expected[row]).all()
            assert [border for border, _ in shown[2 * t : 2 * t + 2]] == ["given", "given" if t < 2 else "predicted"]
    click(page, "#strip .step:nth-child(9)")
    assert page.text(FRAME_LABEL) == "frame 8 / 11" and page.run(CURRENT_STEP) == 8


def test_the_player_plays_and_pauses(open_tab: Callable[[], Page], run: Path) -> None:
    page = open_report(open_tab, run)
    assert page.text(FRAME_LABEL) == "frame 0 / 11"  # with prefers-reduced-motion nothing moves by itself
    click(page, "#play")
    labels = set()
    for _ in range(60):
        labels.add(page.text(FRAME_LABEL))
        page.wait(60)
    assert len(labels) == 12  # each frame, and then from the start
    click(page, "#play")
    paused = page.text(FRAME_LABEL)
    page.wait(500)
    assert page.text(FRAME_LABEL) == paused
    playing = open_report(open_tab, run, prefers_reduced_motion="no-preference")
    playing.wait_until(f"document.querySelector('{FRAME_LABEL}').textContent.startsWith('frame 3')")


def test_the_keyboard_controls_the_player(open_tab: Callable[[], Page], run: Path) -> None:
    page = open_report(open_tab, run)
    keys = ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight"]
    for key, t in zip(keys, [1, 2, 1, 0, 11, 0], strict=True):
        page.press_key(key)
        assert page.text(FRAME_LABEL) == f"frame {t} / 11"
    click(page, "#cells canvas")
    page.press_key("ArrowDown")
    page.wait_until("document.querySelector('#preview').value === '0'")
    page.press_key("ArrowUp")
    page.wait_until("document.querySelector('#preview').value === '1'")
    page.press_key(" ")
    page.wait_until(f"document.querySelector('{FRAME_LABEL}').textContent !== 'frame 0 / 11'")
    page.press_key(" ")
    paused, top = page.text(FRAME_LABEL), page.run("scrollY")
    page.wait(500)
    assert page.text(FRAME_LABEL) == paused and page.run("scrollY") == top


def test_the_curve_follows_the_frame_and_chooses_one(open_tab: Callable[[], Page], run: Path) -> None:
    page, positions = open_report(open_tab, run), []
    page.wait_until("document.querySelector('#player-curve .cursor line')")
    psnr = json.loads((run / "previews" / "epoch_0099.json").read_text())
    for t in (2, 6, 11):
        choose_frame(page, t)
        positions.append(float(page.attribute("#player-curve .cursor line", "x1")))
        values = [float(text) for text in page.texts("#player-curve .value")]
        best = psnr["psnr"]["samples"][0][psnr["best"][0]][t - 2]
        assert values[0] == pytest.approx(best, abs=0.005)
        assert values[-1] == pytest.approx(psnr["psnr"]["copy_last"][0][t - 2], abs=0.005)
        left, width = page.run(SCRUBBER_BOX)
        thumb = left + 8 + (width - 16) * t / 11
        assert thumb == pytest.approx(page.run(PLOT_CORNER)[0] + positions[-1], abs=1)  # right above the cursor
    first, second = np.diff(positions)
    assert second / first == pytest.approx(5 / 4, abs=0.01)
    page.run("document.querySelector('#player-curve').scrollIntoView({block: 'center'})")
    left, top = page.run(PLOT_CORNER)
    page.click_at(left + positions[1] + 3, top + 60)
    assert page.text(FRAME_LABEL) == "frame 6 / 11"


def test_hidden_lines_stay_hidden_for_other_clips(open_tab: Callable[[], Page], run: Path) -> None:
    page = open_report(open_tab, run)
    lines = "document.querySelectorAll('#player-curve path.line').length"
    page.wait_until(f"{lines} === 5")
    click(page, SECOND_LEGEND_BUTTON)
    page.run("document.querySelectorAll('#clips button')[1].click()")
    page.wait_until("document.querySelectorAll('#clips button')[1].getAttribute('aria-pressed') === 'true'")
    page.wait_until(f"{lines} === 4")
    assert page.attribute(SECOND_LEGEND_BUTTON, "aria-pressed") == "false"


@pytest.mark.parametrize(
    "shape",
    [{"clips": 1, "frames": 63, "height": 32, "past": 1, "samples": 1}, {"samples": 16, "height": 30, "width": 100}],
)
def test_previews_of_other_shapes_are_played(
    open_tab: Callable[[], Page], tmp_path: Path, shape: dict[str, int]
) -> None:
    folder = write_run(tmp_path / "run", epochs=1, every=1, **shape)
    write_report_page(folder)
    page = open_report(open_tab, folder, 375)
    last = shape.get("frames", 12) - 1
    choose_frame(page, last)
    shown, expected = read_canvases(page), stored_frames(folder, 0, 0, last)
    assert len(shown) == 2 + shape["samples"]
    assert all((pixels == frame).all() for (_, pixels), frame in zip(shown, expected, strict=True))
    assert page.run("document.documentElement.scrollWidth") == 375 and page.console == []
    assert page.run("document.querySelector('#clip-choice').hidden") == (shape.get("clips") == 1)
