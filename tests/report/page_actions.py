"""Open a report in the browser, use its controls, and read what it shows."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.report.browser import Page

Pixels = np.ndarray[Any, Any]

FRAME_LABEL = "#frame-label"
_READ_CANVASES = """(async () => [...document.querySelectorAll(%r)].map((canvas) => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [canvas.width, canvas.height, canvas.className, btoa(String.fromCharCode(...data))];
}))()"""
_CENTER = """(() => {
  const node = document.querySelector(%r);
  node.scrollIntoView({block: "center"});
  const box = node.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
})()"""
_ALL_CHARTS_ARE_DRAWN = "[...document.querySelectorAll('.plot')].every((plot) => plot.hasAttribute('viewBox'))"
_CHOOSE_FRAME = """(() => {
  const scrubber = document.querySelector("#scrubber");
  scrubber.value = %d;
  scrubber.dispatchEvent(new Event("input"));
})()"""


def open_report(open_tab: Callable[[], Page], folder: Path, width: int = 1280, **media: str) -> Page:
    """Open a report with its player paused at frame 0."""
    page = open_tab()
    page.set_size(width, 900)
    page.set_media(**{"prefers_reduced_motion": "reduce", "prefers_color_scheme": "light", **media})
    page.open(folder / "report.html")
    page.run("localStorage.clear()")
    page.wait_until(_ALL_CHARTS_ARE_DRAWN)
    if list(folder.glob("previews/*.json")):
        page.wait_until(f"document.querySelector('{FRAME_LABEL}').textContent")
    return page


def choose_frame(page: Page, t: int) -> None:
    page.run(_CHOOSE_FRAME % t)


def read_canvases(page: Page, selector: str = "#cells canvas") -> list[tuple[str, Pixels]]:
    """Return (given or predicted, pixels [H, W, 3]) of each canvas."""
    canvases = []
    for width, height, border, data in page.run(_READ_CANVASES % selector):
        rgba = np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)
        canvases.append((border, rgba[..., :3]))
    return canvases


def stored_frames(folder: Path, epoch: int, clip: int, t: int) -> list[Pixels]:
    """Return frame t as stored in a preview's sheet: truth, posterior, the best sample, the others."""
    description = json.loads((folder / "previews" / f"epoch_{epoch:04d}.json").read_text())
    with Image.open(folder / "previews" / f"epoch_{epoch:04d}.webp") as file:
        sheet = np.asarray(file.convert("RGB"))
    best, height, width = description["best"][clip], description["height"], description["width"]
    others = [2 + sample for sample in range(description["samples"]) if sample != best]
    tops = [(clip * (2 + description["samples"]) + row) * height for row in [0, 1, 2 + best, *others]]
    return [sheet[top : top + height, t * width : (t + 1) * width] for top in tops]


def center_of(page: Page, selector: str) -> tuple[float, float]:
    """Scroll to an element and return where it is on the screen."""
    x, y = page.run(_CENTER % selector)
    return x, y


def click(page: Page, selector: str) -> None:
    page.click_at(*center_of(page, selector))
