"""The one fixed camera of the person world.

Lengths are metres: x to the right of the picture, y away from the camera (0 is the middle of the stage), z up from the floor.
Places in the picture are (row, column) in pixels; (0, 0) is its upper left corner, not the middle of a pixel.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.floating[Any]]  # float32
Points = NDArray[np.floating[Any]]  # float64
Depth = TypeVar("Depth", float, Points)

HEIGHT, WIDTH = 32, 64
EYE = (0.0, -5.0, 1.2)
HORIZON = 10.6  # row: the lens is shifted upwards, so that uprights stay upright
_FOCAL = 68.0  # pixels


def scale(y: Depth) -> Depth:
    """Pixels for each metre at depth y."""
    return _FOCAL / (y - EYE[1])


def project(points: Points) -> Points:
    """Points [..., 3] -> where they are seen [..., 2]."""
    near = scale(points[..., 1])
    return np.stack([HORIZON + (EYE[2] - points[..., 2]) * near, WIDTH / 2 + (points[..., 0] - EYE[0]) * near], -1)


def floor(rows: Points, columns: Points) -> tuple[Points, Points]:
    """The x and y of the floor that are seen at these rows, which lie below the horizon, and columns."""
    near = (rows - HORIZON) / EYE[2]
    return EYE[0] + (columns - WIDTH / 2) / near, EYE[1] + _FOCAL / near
