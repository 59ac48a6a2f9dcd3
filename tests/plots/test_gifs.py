"""GIFs of previews."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.plots.previews import random_preview, read_pages
from vidpred.plots.canvas import BORDER, GAP, GIVEN, PREDICTED
from vidpred.plots.gifs import CAPTION_HEIGHT, TITLE_HEIGHT, write_preview_gif


def is_close(colour: Any, expected: tuple[int, int, int]) -> bool:
    """GIFs have 256 colours a page."""
    return all(abs(left - right) <= 8 for left, right in zip(colour, expected, strict=True))


@pytest.mark.parametrize(("shape", "scale"), [((3, 64, 64), 2), ((1, 32, 64), 4), ((3, 64, 32), 4), ((4, 160, 128), 1)])
@pytest.mark.parametrize("samples", [1, 3])
def test_a_gif_shows_truth_posterior_best_and_samples(
    tmp_path: Path, shape: tuple[int, int, int], scale: int, samples: int
) -> None:
    path = tmp_path / "a.gif"
    write_preview_gif(path, random_preview(2, 5, *shape, samples=samples), 7)
    with Image.open(path) as file:
        assert file.n_frames == 5 and file.info["duration"] == 200 and file.info["loop"] == 0
    cell_width, cell_height = shape[2] * scale + 2 * BORDER + GAP, shape[1] * scale + 2 * BORDER + GAP
    columns, top = 3 + (samples if samples > 1 else 0), TITLE_HEIGHT + CAPTION_HEIGHT
    for t, page in enumerate(read_pages(path)):
        assert page.size == (GAP + columns * cell_width, top + 2 * cell_height)
        for column in range(columns):
            for row in range(2):
                border = page.getpixel((GAP + column * cell_width + 1, top + row * cell_height + 20))
                expected = GIVEN if t < 2 or column == 0 else PREDICTED
                assert is_close(border, expected), (t, column, row)
