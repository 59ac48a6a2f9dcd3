"""A report as a person sees it in the browser, and what that person does."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.report.browser import Page

PIXELS = """(async () => [...document.querySelectorAll(%r)].map((canvas) => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [canvas.width, canvas.height, canvas.className, btoa(String.fromCharCode(...data))];
}))()"""


def opened(tab: Callable[[], Page], folder: Path, width: int = 1280, **media: str) -> Page:
    """A page whose player stands still on frame 0."""
    page = tab()
    page.size(width, 900)
    page.media(**{"prefers_reduced_motion": "reduce", "prefers_color_scheme": "light", **media})
    page.open(folder / "report.html")
    page.run("localStorage.clear()")
    if list(folder.glob("previews/*.json")):
        page.until("document.querySelector('#frame-label').textContent")
    return page


def choose_frame(page: Page, t: int) -> None:
    page.run(
        f"(() => {{ const bar = document.querySelector('#scrubber'); bar.value = {t}; bar.dispatchEvent(new Event('input')); }})()"
    )


def frame(page: Page) -> str:
    return str(page.run("document.querySelector('#frame-label').textContent"))


def canvases(page: Page, which: str = "#cells canvas") -> list[tuple[str, np.ndarray[Any, Any]]]:
    """(given or predicted, pixels [H, W, 3]) of each."""
    return [
        (border, np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)[..., :3])
        for width, height, border, data in page.run(PIXELS % which)
    ]


def stored(folder: Path, epoch: int, clip: int, t: int) -> list[np.ndarray[Any, Any]]:
    """Frame t as kept: truth, posterior, the best sample, the others."""
    about = json.loads((folder / "previews" / f"epoch_{epoch:04d}.json").read_text())
    with Image.open(folder / "previews" / f"epoch_{epoch:04d}.webp") as file:
        sheet = np.asarray(file.convert("RGB"))
    best, height, width = about["best"][clip], about["height"], about["width"]
    rows = [0, 1, 2 + best, *(2 + n for n in range(about["samples"]) if n != best)]
    tops = [(clip * (2 + about["samples"]) + row) * height for row in rows]
    return [sheet[top : top + height, t * width : (t + 1) * width] for top in tops]


def centre(page: Page, which: str) -> tuple[float, float]:
    script = (
        f"(() => {{ const node = document.querySelector({which!r}); node.scrollIntoView({{block: 'center'}}); "
        "const box = node.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()"
    )
    x, y = page.run(script)
    return x, y


def click(page: Page, which: str) -> None:
    x, y = centre(page, which)
    page.mouse("mousePressed", x, y, button="left", buttons=1, clickCount=1)
    page.mouse("mouseReleased", x, y, button="left", clickCount=1)
