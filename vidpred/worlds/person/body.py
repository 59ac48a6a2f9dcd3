"""The person's joints, and where they are in a stance: a skeleton of 21 joints that stands on the floor.

Lengths are metres, as camera.py has them; angles are radians.
"""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

import numpy as np

from vidpred.worlds.person.camera import Points
from vidpred.worlds.person.gait import Steps

Number = TypeVar("Number")

THIGH, SHANK, ANKLE = 0.44, 0.42, 0.08  # lengths; the ankle's height over the sole
_UPPER_ARM, _FOREARM = 0.29, 0.25
_SPINE = 0.50  # from hip to neck
_HIPS, _SHOULDERS = 0.10, 0.185  # half their distance
_SIDES = np.array([1.0, -1.0])[:, None]  # left, right
_UP = np.array([0.0, 0.0, 1.0])


class Stance(NamedTuple, Generic[Number]):
    """How the person stands: floats, or arrays [T]."""

    x: Number
    y: Number
    heading: Number  # 0 faces the camera, pi / 2 the right of the picture
    bend: Number  # of the back, forwards
    crouch: Number  # how much lower the hips come, metres
    split: Number  # how far the left foot is ahead of the right, metres
    left_raise: Number  # of an upper arm: 0 hangs, pi / 2 is level, pi is up
    left_out: Number  # where it is raised to: 0 forwards, pi / 2 sideways
    left_elbow: Number  # 0 is straight
    right_raise: Number
    right_out: Number
    right_elbow: Number


class Skeleton(NamedTuple):
    """Joints [T, 3], and pairs of joints [T, 2, 3]: the person's left one, then the right one."""

    nose: Points
    neck: Points
    hip: Points  # between the hips
    eyes: Points
    ears: Points
    shoulders: Points
    elbows: Points
    wrists: Points
    hips: Points
    knees: Points
    ankles: Points
    toes: Points

    def joints(self) -> Points:
        """All of them, [T, 21, 3]."""
        return np.concatenate([part.reshape(len(part), -1, 3) for part in self], 1)

    def cut(self, times: slice) -> Skeleton:
        return Skeleton._make(part[times] for part in self)


class _Axes(NamedTuple):
    """Unit vectors [T, 3]."""

    ahead: Points
    left: Points
    up: Points

    def pitched(self, angle: Points) -> _Axes:
        """Bowed forwards by angles [T]."""
        cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
        return _Axes(cos * self.ahead - sin * self.up, self.left, cos * self.up + sin * self.ahead)

    def at(self, ahead: float | Points, left: float | Points, up: float | Points) -> Points:
        """Vectors [T, 2, 3], for left and right: so far along each axis; `left` counts away from the middle."""
        here = [
            np.asarray(value)[..., None] * axis[:, None] for value, axis in zip((ahead, left, up), self, strict=True)
        ]
        return here[0] + _SIDES * here[1] + here[2]


def skeleton(stance: Stance[Points], steps: Steps) -> Skeleton:
    """Where all joints are: a stance [T], and what the feet do."""
    cos, sin, zero = np.cos(stance.heading), np.sin(stance.heading), np.zeros_like(stance.heading)
    axes = _Axes(np.stack([sin, -cos, zero], -1), np.stack([cos, sin, zero], -1), np.broadcast_to(_UP, (len(zero), 3)))
    bend = stance.bend + 0.05 * steps.pace
    back = axes.pitched(bend)
    ground = np.stack([stance.x, stance.y, zero], -1)
    hip = (
        ground
        + (ANKLE + THIGH + SHANK - 0.012 - stance.crouch - steps.drop)[:, None] * _UP
        - 0.13 * np.sin(bend)[:, None] * axes.ahead
    )
    neck = hip + _SPINE * back.up
    shoulders = neck[:, None] + back.at(0.0, _SHOULDERS, -0.03)
    hips = hip[:, None] + axes.at(0.0, _HIPS, 0.0)
    return Skeleton(
        **_head(neck, axes.pitched(0.6 * bend)),
        neck=neck,
        hip=hip,
        shoulders=shoulders,
        hips=hips,
        **_arms(shoulders, stance, back, bend, steps),
        **_legs(ground, hips, stance, axes, steps),
    )


def _head(neck: Points, axes: _Axes) -> dict[str, Points]:
    middle = neck + 0.17 * axes.up
    return {
        "nose": middle + 0.11 * axes.ahead - 0.01 * axes.up,
        "eyes": middle[:, None] + axes.at(0.085, 0.035, 0.03),
        "ears": middle[:, None] + axes.at(0.0, 0.08, 0.01),
    }


def _arms(shoulders: Points, stance: Stance[Points], back: _Axes, bend: Points, steps: Steps) -> dict[str, Points]:
    raised, out, elbow = (
        np.stack(pair, -1)
        for pair in (
            (stance.left_raise, stance.right_raise),
            (stance.left_out, stance.right_out),
            (stance.left_elbow, stance.right_elbow),
        )
    )
    swing = steps.swing + (bend[:, None] + 0.1) * np.maximum(
        np.cos(raised), 0
    )  # arms that hang go on hanging when the back bends
    ahead, down = np.sin(raised) * np.cos(out), np.cos(raised)
    cos, sin = np.cos(swing), np.sin(swing)
    upper = back.at(ahead * cos + down * sin, np.sin(raised) * np.sin(out), ahead * sin - down * cos)
    towards = back.at(0.7, -0.3, 0.6)  # where elbows bend to
    bent = elbow + 0.5 * np.maximum(steps.swing, 0)
    elbows = shoulders + _UPPER_ARM * upper
    lower = np.cos(bent)[..., None] * upper + np.sin(bent)[..., None] * _across(towards, upper)
    return {"elbows": elbows, "wrists": elbows + _FOREARM * lower}


def _legs(ground: Points, hips: Points, stance: Stance[Points], axes: _Axes, steps: Steps) -> dict[str, Points]:
    """Feet are put where the steps say; knees follow (inverse kinematics of two links)."""
    split = stance.split[:, None] / 2 * _SIDES[:, 0]
    feet = ground[:, None] + axes.at(
        steps.ahead + split, _HIPS + 0.02 + _SIDES[:, 0] * steps.left, ANKLE + steps.lift + 0.25 * np.maximum(-split, 0)
    )
    way = feet - hips
    far = np.sqrt((way * way).sum(-1, keepdims=True))
    reach = np.minimum(far, 0.999 * (THIGH + SHANK))  # a foot that is left behind is pulled along, heel first
    way = way / far
    along = (reach * reach + THIGH**2 - SHANK**2) / (2 * reach)
    knees = hips + along * way + np.sqrt(THIGH**2 - along * along) * _across(axes.ahead[:, None], way)
    ankles = hips + reach * way
    return {
        "knees": knees,
        "ankles": ankles,
        "toes": ankles + axes.at(0.18, 0.03, -0.05 - 0.6 * (ankles[..., 2] - ANKLE)),
    }


def _across(vectors: Points, way: Points) -> Points:
    """The unit vectors that are at right angles to `way`, towards `vectors`."""
    rest = vectors - (vectors * way).sum(-1, keepdims=True) * way
    unit: Points = rest / np.maximum(np.sqrt((rest * rest).sum(-1, keepdims=True)), 1e-9)
    return unit
