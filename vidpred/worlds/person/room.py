"""The empty room: a wall with a picture and a door, a skirting board, and a wooden floor."""

from __future__ import annotations

from functools import cache

import numpy as np

from vidpred.worlds.arrays import RGB, Float32Array, Float64Array
from vidpred.worlds.person.camera import EYE, HEIGHT, HORIZON, WIDTH, floor_position, scale

FLOOR = 23  # the first row that shows only floor
_WALL = 1.8  # y, metres
_GRAIN = 4  # samples along each side of a pixel


@cache
def empty_room() -> Float32Array:
    """Render the room, [3, 32, 64] in 0..1."""
    rows, columns = np.meshgrid(
        (np.arange(HEIGHT * _GRAIN) + 0.5) / _GRAIN, (np.arange(WIDTH * _GRAIN) + 0.5) / _GRAIN, indexing="ij"
    )
    x, z = (columns - WIDTH / 2) / scale(_WALL) + EYE[0], EYE[2] - (rows - HORIZON) / scale(_WALL)
    samples = np.where(z > 0, _wall(x, z), _floor(rows, columns))
    image: Float32Array = samples.reshape(3, HEIGHT, _GRAIN, WIDTH, _GRAIN).mean((2, 4))
    return image.astype(np.float32)


def _wall(x: Float64Array, z: Float64Array) -> Float64Array:
    """Return the colours [3, ...] of the wall, which is brightest under a lamp on the left."""
    wall = _paint((0.84, 0.85, 0.82)) * (0.84 + 0.22 * np.exp(-(((x + 0.9) / 2.2) ** 2) - ((z - 1.9) / 1.4) ** 2))
    for left, right, bottom, top, colour in (
        # a framed picture
        (-2.30, -1.20, 1.08, 1.84, (0.33, 0.24, 0.17)),
        (-2.20, -1.30, 1.18, 1.74, (0.52, 0.68, 0.80)),
        (-2.20, -1.30, 1.18, 1.40, (0.36, 0.52, 0.34)),
        # a door
        (1.42, 2.48, 0.0, 2.12, (0.93, 0.92, 0.88)),
        (1.52, 2.38, 0.0, 2.02, (0.62, 0.53, 0.42)),
        (1.62, 2.28, 1.12, 1.86, (0.55, 0.46, 0.36)),
        (1.62, 2.28, 0.16, 0.92, (0.55, 0.46, 0.36)),
        # the skirting board on both sides of the door
        (-9, 1.42, 0.0, 0.13, (0.94, 0.93, 0.90)),
        (2.48, 9, 0.0, 0.13, (0.94, 0.93, 0.90)),
    ):
        wall = np.where((x > left) & (x < right) & (z > bottom) & (z < top), _paint(colour) * 0.95, wall)
    return wall


def _floor(rows: Float64Array, columns: Float64Array) -> Float64Array:
    """Return the colours [3, ...] of the floor: boards that run away from the camera."""
    x, y = floor_position(np.maximum(rows, HORIZON + 1), columns)
    tone = np.random.default_rng(0).normal(0, 0.025, 64)[np.clip((x / 0.3 + 32).astype(int), 0, 63)]
    boards: Float64Array = _paint((0.80, 0.68, 0.53)) * (
        0.92 + tone - 0.05 * abs(x + 0.5) / 2.5 - 0.08 * np.clip((y - 1.2) / 0.6, 0, 1)
    )
    return boards


def _paint(colour: RGB) -> Float64Array:
    return np.array(colour)[:, None, None]
