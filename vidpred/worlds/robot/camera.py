"""The one fixed camera of the robot world, and the small windows of many frames in which everything is drawn.

Lengths are metres in the robot's frame: x away from its base and towards the camera, y to the right of the picture, z up
from the table. Points in the picture are (row, column) in pixels. Channels lead: numpy is slow where the last axis is short.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Pixels = NDArray[np.floating[Any]]  # float32
Points = NDArray[np.floating[Any]]  # float64
Numbers = NDArray[np.int64]

SIDE = 64
EYE = (1.708, 0.0, 1.029)
_PITCH, _FOCAL = math.radians(46), 104.0  # downwards; pixels
FORWARD = (-math.cos(_PITCH), 0.0, -math.sin(_PITCH))
_DOWN = (math.sin(_PITCH), 0.0, -math.cos(_PITCH))


def project(points: Points) -> tuple[Points, Points]:
    """Points [..., 3] -> where they are seen [..., 2], and pixels for each metre there [...]."""
    away = points - np.array(EYE)
    scale = _FOCAL / (away[..., 0] * FORWARD[0] + away[..., 2] * FORWARD[2])
    down = away[..., 0] * _DOWN[0] + away[..., 2] * _DOWN[2]
    return SIDE / 2 + np.stack([down * scale, away[..., 1] * scale], -1), scale


def rays(rows: Pixels, columns: Pixels) -> tuple[Pixels, Pixels, Pixels]:
    """The x, y and z of the directions from the eye to these rows and columns."""
    down, right = (rows - SIDE / 2) / _FOCAL, (columns - SIDE / 2) / _FOCAL
    return FORWARD[0] + down * _DOWN[0], right, FORWARD[2] + down * _DOWN[2]


@cache
def ground(grain: int = 1) -> tuple[Pixels, Pixels]:
    """The x and y on the table's plane that are seen at `grain` by `grain` points of each pixel, [64 * grain, 64 * grain]."""
    line = (np.arange(SIDE * grain, dtype=np.float32) + 0.5) / grain
    x, y, z = rays(line[:, None], line[None])
    far = -EYE[2] / z
    return EYE[0] + far * x + 0 * y, far * y


class Window(NamedTuple):
    """The same small rectangle at a place of its own in each of M pictures."""

    corner: Numbers  # [M, 2]
    size: tuple[int, int]  # height and width

    @classmethod
    def around(cls, centre: Points, size: tuple[int, int]) -> Window:
        """Around these points [M, 2], but inside the picture."""
        return cls(np.clip(np.rint(centre).astype(np.int64) - np.array(size) // 2, 0, SIDE - np.array(size)), size)

    def take(self, which: Numbers) -> Window:
        """The windows in some of the pictures."""
        return self._replace(corner=self.corner[which])

    def pixels(self, grain: int = 1) -> tuple[Pixels, Pixels]:
        """Rows [grain, 1, M, h, 1] and columns [1, grain, M, 1, w] of `grain` by `grain` points of each pixel."""
        inside = (np.arange(grain, dtype=np.float32)[:, None, None] + 0.5) / grain
        rows, columns = (
            self.corner[:, axis, None].astype(np.float32) + np.arange(self.size[axis], dtype=np.float32) + inside
            for axis in (0, 1)
        )
        return rows[:, None, :, :, None], columns[None, :, :, None, :]

    def cut(self, picture: Pixels) -> Pixels:
        """The windows of one picture [64, 64], as [M, h, w]."""
        return np.asarray(sliding_window_view(picture, self.size)[self.corner[:, 0], self.corner[:, 1]])

    def blend(self, canvas: Pixels, frames: Numbers, cover: Pixels, colour: Pixels | float) -> None:
        """Lay colours [M, 3, h, w], already multiplied by their cover [M, h, w], over these frames of a canvas [F, 3, 64, 64]."""
        windows = sliding_window_view(canvas, self.size, axis=(2, 3), writeable=True)
        at = frames, slice(None), self.corner[:, 0], self.corner[:, 1]
        below = windows[at]
        below *= (1 - cover)[:, None]
        below += colour
        windows[at] = below
