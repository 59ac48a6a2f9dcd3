"""The fixed camera of the robot world, and the small rectangles of many frames in which everything is drawn.

Lengths are metres in the robot's frame: x away from its base and towards the camera, y to the right of the image, z up
from the table. Image points are (row, column) in pixels. Channels lead, because numpy is slow if the last axis is
short.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from vidpred.worlds.arrays import Float32Array, Float64Array, IntArray

SIDE = 64
EYE = (1.708, 0.0, 1.029)
_PITCH, _FOCAL = math.radians(46), 104.0  # downwards; pixels
FORWARD = (-math.cos(_PITCH), 0.0, -math.sin(_PITCH))
_DOWN = (math.sin(_PITCH), 0.0, -math.cos(_PITCH))


def project_to_image(points: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Project points [..., 3] to image points [..., 2]; also return the pixels per metre at each, [...]."""
    offset = points - np.array(EYE)
    scale = _FOCAL / (offset[..., 0] * FORWARD[0] + offset[..., 2] * FORWARD[2])
    down = offset[..., 0] * _DOWN[0] + offset[..., 2] * _DOWN[2]
    return SIDE / 2 + np.stack([down * scale, offset[..., 1] * scale], -1), scale


def rays(rows: Float32Array, columns: Float32Array) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Return the x, y and z of the directions from the eye to these rows and columns."""
    down, right = (rows - SIDE / 2) / _FOCAL, (columns - SIDE / 2) / _FOCAL
    return FORWARD[0] + down * _DOWN[0], right, FORWARD[2] + down * _DOWN[2]


@cache
def ground(grain: int = 1) -> tuple[Float32Array, Float32Array]:
    """Return the x and y of the table's plane at `grain` by `grain` samples of each pixel, [64 * grain, 64 * grain]."""
    centres = (np.arange(SIDE * grain, dtype=np.float32) + 0.5) / grain
    x, y, z = rays(centres[:, None], centres[None])
    distance = -EYE[2] / z
    return EYE[0] + distance * x + 0 * y, distance * y


class Patch(NamedTuple):
    """Rectangles of one size, each at its own position in one of M images."""

    corner: IntArray  # [M, 2]
    size: tuple[int, int]  # height and width

    @classmethod
    def around(cls, centre: Float64Array, size: tuple[int, int]) -> Patch:
        """Return rectangles centred on these image points [M, 2], moved so that they are inside the image."""
        return cls(np.clip(np.rint(centre).astype(np.int64) - np.array(size) // 2, 0, SIDE - np.array(size)), size)

    def take(self, indices: IntArray) -> Patch:
        """Return the rectangles of some of the images."""
        return self._replace(corner=self.corner[indices])

    def pixels(self, grain: int = 1) -> tuple[Float32Array, Float32Array]:
        """Return rows [grain, 1, M, h, 1] and columns [1, grain, M, 1, w] of `grain`² samples of each pixel."""
        offsets = (np.arange(grain, dtype=np.float32)[:, None, None] + 0.5) / grain
        rows, columns = (
            self.corner[:, axis, None].astype(np.float32) + np.arange(self.size[axis], dtype=np.float32) + offsets
            for axis in (0, 1)
        )
        return rows[:, None, :, :, None], columns[None, :, :, None, :]

    def cut(self, image: Float32Array) -> Float32Array:
        """Cut the rectangles out of one image [64, 64], as [M, h, w]."""
        return np.asarray(sliding_window_view(image, self.size)[self.corner[:, 0], self.corner[:, 1]])

    def blend(self, canvas: Float32Array, frames: IntArray, cover: Float32Array, colour: Float32Array | float) -> None:
        """Draw colours [M, 3, h, w], already multiplied by their cover [M, h, w], over these frames of a canvas [F, 3,
        64, 64]."""
        patches = sliding_window_view(canvas, self.size, axis=(2, 3), writeable=True)
        index = frames, slice(None), self.corner[:, 0], self.corner[:, 1]
        background = patches[index]
        background *= (1 - cover)[:, None]
        background += colour
        patches[index] = background
