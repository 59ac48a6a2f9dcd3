"""Gait: foot and arm offsets along a path. They depend on the path only, so that planted feet do not slide."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vidpred.worlds.arrays import Float64Array

_STRIDES = (1.2, 0.5)  # metres of two steps, forwards and sideways
_PLANTED = 0.56  # share of the time that a foot is on the floor
_TURN = 2.0  # radians of two steps on the spot
_FULL_STEP = (0.045, 0.12)  # metres and radians a frame at which steps reach their full size


class Gait(NamedTuple):
    """Offsets of feet and arms over T frames; axes [T, 2] are left and right."""

    ahead: Float64Array  # [T, 2] of a foot from its position under the body, forwards, metres
    left: Float64Array  # [T, 2] of a foot from its position under the body, to the person's left, metres
    lift: Float64Array  # [T, 2] of a foot, metres
    swing: Float64Array  # [T, 2] of an arm, forwards, radians
    drop: Float64Array  # [T] how much the hips are lower because the legs are apart, metres
    pace: Float64Array  # [T] 0 stands or steps sideways, 1 walks


def walk_path(x: Float64Array, y: Float64Array, heading: Float64Array) -> Gait:
    """Return the gait along a path: positions [T] in metres and headings [T] in radians."""
    dx, dy, turn = np.gradient(x), np.gradient(y), abs(np.gradient(heading))
    cos, sin = np.cos(heading), np.sin(heading)
    ahead, left = dx * sin - dy * cos, dx * cos + dy * sin
    speed = np.hypot(ahead, left)
    share_ahead, share_left = ahead / np.maximum(speed, 1e-6), left / np.maximum(speed, 1e-6)
    stride = np.hypot(_STRIDES[0] * share_ahead, _STRIDES[1] * share_left)
    walking = np.minimum(speed / _FULL_STEP[0], 1)
    phase = np.cumsum(speed / np.maximum(stride, 1e-6) + turn / _TURN)
    cycle = (phase[:, None] + np.array([0, 0.5])) % 1  # a foot is put down at 0, and lifted at _PLANTED
    air = np.clip((cycle - _PLANTED) / (1 - _PLANTED), 0, 1)
    reach = np.where(cycle < _PLANTED, 1 - 2 * cycle / _PLANTED, air * air * (6 - 4 * air) - 1)
    offset = reach * (walking * stride * _PLANTED / 2)[:, None]
    pace = walking * abs(share_ahead)
    activity = np.minimum(walking + turn / _FULL_STEP[1], 1)
    offset_ahead = offset * share_ahead[:, None]
    return Gait(
        ahead=offset_ahead,
        left=offset * share_left[:, None],
        lift=0.13 * activity[:, None] * np.sin(np.pi * air),
        swing=1.3 * offset_ahead[:, ::-1],
        drop=0.02 * pace * (1 + np.cos(4 * np.pi * phase)),
        pace=pace,
    )
