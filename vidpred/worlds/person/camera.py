"""The fixed camera of the person world.

Lengths are metres: x to the right of the image, y away from the camera (0 is the middle of the stage), z up from the
floor. Image points are (row, column) in pixels; (0, 0) is the upper left corner of the image, not the centre of a
pixel.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from vidpred.worlds.arrays import Float64Array

Depth = TypeVar("Depth", float, Float64Array)

HEIGHT, WIDTH = 32, 64
EYE = (0.0, -5.0, 1.2)
HORIZON = 10.6  # row; the lens is shifted upwards, so that vertical lines stay vertical
_FOCAL = 68.0  # pixels


def scale(y: Depth) -> Depth:
    """Return the pixels per metre at depth y."""
    return _FOCAL / (y - EYE[1])


def project_points(points: Float64Array) -> Float64Array:
    """Project points [..., 3] to image points [..., 2]."""
    pixels_per_metre = scale(points[..., 1])
    rows = HORIZON + (EYE[2] - points[..., 2]) * pixels_per_metre
    columns = WIDTH / 2 + (points[..., 0] - EYE[0]) * pixels_per_metre
    return np.stack([rows, columns], -1)


def floor_position(rows: Float64Array, columns: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Return the x and y of the floor at these image points. The rows are below the horizon."""
    pixels_per_metre = (rows - HORIZON) / EYE[2]
    return EYE[0] + (columns - WIDTH / 2) / pixels_per_metre, EYE[1] + _FOCAL / pixels_per_metre
