"""Strips of previews."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plots.previews import random_preview, read_pages
from vidpred.plots.canvas import BORDER, GAP, GIVEN, PREDICTED
from vidpred.plots.strips import LABEL_WIDTH, MARGIN, MIN_WIDTH, NUMBER_HEIGHT, TITLE_HEIGHT, write_preview_strip


@pytest.mark.parametrize(("frames", "bands", "per_band"), [(3, 1, 3), (16, 1, 16), (17, 2, 9), (64, 4, 16)])
def test_a_strip_shows_every_step_in_bands(tmp_path: Path, frames: int, bands: int, per_band: int) -> None:
    write_preview_strip(tmp_path / "a.png", random_preview(2, frames, samples=1), 7)
    (page,) = read_pages(tmp_path / "a.png")
    cell = 64 * 2 + 2 * BORDER + GAP // 2
    assert page.width == max(MIN_WIDTH, LABEL_WIDTH + per_band * cell + MARGIN)
    band_height = (page.height - TITLE_HEIGHT - 2 * MARGIN) // (2 * bands)
    assert page.height == TITLE_HEIGHT + 2 * (bands * band_height + MARGIN) and band_height > 2 * cell
    for clip in range(2):
        for t in range(frames):
            left = LABEL_WIDTH + t % per_band * cell + 1
            band_top = TITLE_HEIGHT + clip * (bands * band_height + MARGIN) + t // per_band * band_height
            top = band_top + NUMBER_HEIGHT + 20
            assert page.getpixel((left, top)) == GIVEN
            assert page.getpixel((left, top + cell)) == (GIVEN if t < 2 else PREDICTED)


def test_given_frames_are_shown_unchanged(tmp_path: Path) -> None:
    shown = random_preview(1, 4, height=128, width=128)
    write_preview_strip(tmp_path / "a.png", shown, 7)
    (page,) = read_pages(tmp_path / "a.png")
    best, _ = shown.best()
    for t in range(4):
        left = LABEL_WIDTH + t * (128 + 2 * BORDER + GAP // 2) + BORDER
        top = TITLE_HEIGHT + NUMBER_HEIGHT + 128 + 3 * BORDER + GAP // 2
        frame = shown.truth[0, t] if t < 2 else best[0, t - 1]
        assert page.getpixel((left, top)) == tuple((frame[:, 0, 0] * 255).round().int().tolist())
