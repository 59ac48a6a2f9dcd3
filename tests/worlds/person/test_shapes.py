"""Antialiased shapes and their composition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt  # type: ignore[import-untyped]
from skimage.draw import polygon2mask

from tests.worlds.person.skeletons import ALL_COLUMNS
from vidpred.worlds.person.camera import HEIGHT, WIDTH
from vidpred.worlds.person.shapes import capsule, compose, line, slab


def test_a_capsule_covers_its_area() -> None:
    start, end, first, last = (
        np.array([[[8.3, 20.2]]]),
        np.array([[[22.1, 31.7]]]),
        np.array([[3.0]]),
        np.array([[1.5]]),
    )
    cover, light = capsule(ALL_COLUMNS, start, end, first, last)
    length = np.linalg.norm(end - start)
    assert cover.shape == light.shape == (1, 1, HEIGHT, WIDTH)
    assert cover.sum() == pytest.approx(length * 4.5 + np.pi / 2 * (3.0**2 + 1.5**2), rel=0.02)
    assert cover[0, 0, 8, 20] == 1 and cover[0, 0, 28, 50] == 0
    assert np.array_equal(capsule(slice(15, 40), start, end, first, last)[0], cover[..., 15:40])


def test_a_thin_line_covers_its_area() -> None:
    cover = line(ALL_COLUMNS, np.array([[[10.5, 10.5]]]), np.array([[[10.5, 50.5]]]), 0.3)
    assert cover[0, 0, 10, 15:45] == pytest.approx(0.6)
    assert cover[0, 0, 9:12, 15:45].sum(0) == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize("step", [1, -1])
def test_a_slab_is_a_rounded_polygon(step: int) -> None:
    corners = np.array([[5.2, 20.1], [6.4, 38.3], [24.5, 34.6], [23.8, 25.2]])[::step]
    cover, _ = slab(ALL_COLUMNS, corners[:, None], np.array([1.7]))
    inside = polygon2mask((HEIGHT * 8, WIDTH * 8), corners * 8 - 0.5)
    fine = distance_transform_edt(~inside) < 1.7 * 8
    assert abs(cover[0] - fine.reshape(HEIGHT, 8, WIDTH, 8).mean((1, 3))).max() < 0.2
    (rows, columns), (below, beside) = corners.T, np.roll(corners, -1, 0).T
    area, perimeter = abs((rows * beside - columns * below).sum()) / 2, np.hypot(below - rows, beside - columns).sum()
    assert cover.sum() == pytest.approx(area + 1.7 * perimeter + np.pi * 1.7**2, rel=0.005)


def test_shapes_are_composed_from_back_to_front() -> None:
    rng = np.random.default_rng(0)
    background, covers, light = (
        rng.random(size, dtype=np.float32) for size in ((2, 3, 4, 5), (6, 2, 4, 5), (6, 2, 4, 5))
    )
    colours = rng.random((2, 6, 3))
    expected = background.copy()
    for k in reversed(range(6)):
        expected += covers[k][:, None] * (light[k][:, None] * colours[:, k, :, None, None] - expected)
    assert compose(background, covers, colours, light) == pytest.approx(expected, abs=1e-5)
    assert compose(background, covers, colours) == pytest.approx(
        compose(background, covers, colours, np.ones_like(light)), abs=1e-6
    )
