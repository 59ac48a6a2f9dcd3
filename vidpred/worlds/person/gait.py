"""Steps: what the feet and arms of a person do who goes a way. They hang on the way alone, so that planted feet stay put."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vidpred.worlds.person.camera import Points

_STRIDES = (1.2, 0.5)  # metres of two steps, forwards and sideways
_PLANTED = 0.56  # share of the time that a foot is on the floor
_TURN = 2.0  # radians of two steps on the spot
_BRISK = (0.045, 0.12)  # metres and radians a frame from which on steps are whole


class Steps(NamedTuple):
    """[T, 2] is left and right."""

    ahead: Points  # [T, 2] of a foot from its place under the body, metres
    left: Points  # [T, 2] the same, to the person's left
    lift: Points  # [T, 2] of a foot, metres
    swing: Points  # [T, 2] of an arm, forwards, radians
    drop: Points  # [T] how much lower legs astride bring the hips, metres
    pace: Points  # [T] 0 stands or goes sideways, 1 walks


def steps(x: Points, y: Points, heading: Points) -> Steps:
    """Of a way [T] in metres and radians."""
    dx, dy, turn = np.gradient(x), np.gradient(y), abs(np.gradient(heading))
    cos, sin = np.cos(heading), np.sin(heading)
    ahead, left = dx * sin - dy * cos, dx * cos + dy * sin
    speed = np.hypot(ahead, left)
    share_ahead, share_left = ahead / np.maximum(speed, 1e-6), left / np.maximum(speed, 1e-6)
    stride = np.hypot(_STRIDES[0] * share_ahead, _STRIDES[1] * share_left)
    going = np.minimum(speed / _BRISK[0], 1)
    phase = np.cumsum(speed / np.maximum(stride, 1e-6) + turn / _TURN)
    cycle = (phase[:, None] + np.array([0, 0.5])) % 1  # a foot is put down at 0, and lifted at _PLANTED
    air = np.clip((cycle - _PLANTED) / (1 - _PLANTED), 0, 1)
    place = (
        np.where(cycle < _PLANTED, 1 - 2 * cycle / _PLANTED, air * air * (6 - 4 * air) - 1)
        * (going * stride * _PLANTED / 2)[:, None]
    )
    pace = going * abs(share_ahead)
    lively = np.minimum(going + turn / _BRISK[1], 1)
    forth = place * share_ahead[:, None]
    return Steps(
        forth,
        place * share_left[:, None],
        0.13 * lively[:, None] * np.sin(np.pi * air),
        1.3 * forth[:, ::-1],
        0.02 * pace * (1 + np.cos(4 * np.pi * phase)),
        pace,
    )
