"""The person's skeleton: 21 joints, and their positions in a stance on the floor.

Lengths are metres in the coordinates of camera.py; angles are radians.
"""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

import numpy as np

from vidpred.worlds.arrays import Float64Array
from vidpred.worlds.person.gait import Gait

Number = TypeVar("Number")

THIGH, SHANK, ANKLE = 0.44, 0.42, 0.08  # lengths; ANKLE is the height of the ankle above the sole
_UPPER_ARM, _FOREARM = 0.29, 0.25
_SPINE = 0.50  # from hip to neck
_HIPS, _SHOULDERS = 0.10, 0.185  # half the distance between them
_SIDES = np.array([1.0, -1.0])[:, None]  # left, right
_UP = np.array([0.0, 0.0, 1.0])


class Stance(NamedTuple, Generic[Number]):
    """How the person stands: floats, or arrays [T]."""

    x: Number
    y: Number
    heading: Number  # 0 faces the camera, pi / 2 the right of the image
    bend: Number  # of the back, forwards
    crouch: Number  # how much the hips are lowered, metres
    split: Number  # how far the left foot is ahead of the right, metres
    left_raise: Number  # angle of an upper arm: 0 down, pi / 2 level, pi up
    left_out: Number  # direction in which it is raised: 0 forwards, pi / 2 sideways
    left_elbow: Number  # 0 is straight
    right_raise: Number
    right_out: Number
    right_elbow: Number


class Skeleton(NamedTuple):
    """Joints [T, 3], and pairs of joints [T, 2, 3]: the person's left one, then the right one."""

    nose: Float64Array
    neck: Float64Array
    hip: Float64Array  # between the hips
    eyes: Float64Array
    ears: Float64Array
    shoulders: Float64Array
    elbows: Float64Array
    wrists: Float64Array
    hips: Float64Array
    knees: Float64Array
    ankles: Float64Array
    toes: Float64Array

    def joints(self) -> Float64Array:
        """Return all joints, [T, 21, 3]."""
        return np.concatenate([part.reshape(len(part), -1, 3) for part in self], 1)

    def cut(self, times: slice) -> Skeleton:
        """Return the skeleton of these frames."""
        return Skeleton._make(part[times] for part in self)


class _Axes(NamedTuple):
    """Unit vectors [T, 3]."""

    ahead: Float64Array
    left: Float64Array
    up: Float64Array

    def pitched(self, angle: Float64Array) -> _Axes:
        """Return the axes bent forwards by angles [T]."""
        cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
        return _Axes(cos * self.ahead - sin * self.up, self.left, cos * self.up + sin * self.ahead)

    def pair(self, ahead: float | Float64Array, left: float | Float64Array, up: float | Float64Array) -> Float64Array:
        """Return vectors [T, 2, 3] for both sides, with these components; `left` points away from the middle."""
        components = [
            np.asarray(value)[..., None] * axis[:, None] for value, axis in zip((ahead, left, up), self, strict=True)
        ]
        return components[0] + _SIDES * components[1] + components[2]


def pose_skeleton(stance: Stance[Float64Array], gait: Gait) -> Skeleton:
    """Return the positions of all joints in a stance [T] with this gait."""
    cos, sin, zero = np.cos(stance.heading), np.sin(stance.heading), np.zeros_like(stance.heading)
    axes = _Axes(np.stack([sin, -cos, zero], -1), np.stack([cos, sin, zero], -1), np.broadcast_to(_UP, (len(zero), 3)))
    bend = stance.bend + 0.05 * gait.pace
    back = axes.pitched(bend)
    ground = np.stack([stance.x, stance.y, zero], -1)
    hip_height = ANKLE + THIGH + SHANK - 0.012 - stance.crouch - gait.drop
    hip = ground + hip_height[:, None] * _UP - 0.13 * np.sin(bend)[:, None] * axes.ahead
    neck = hip + _SPINE * back.up
    shoulders = neck[:, None] + back.pair(0.0, _SHOULDERS, -0.03)
    hips = hip[:, None] + axes.pair(0.0, _HIPS, 0.0)
    return Skeleton(
        **_head(neck, axes.pitched(0.6 * bend)),
        neck=neck,
        hip=hip,
        shoulders=shoulders,
        hips=hips,
        **_arms(shoulders, stance, back, bend, gait),
        **_legs(ground, hips, stance, axes, gait),
    )


def _head(neck: Float64Array, axes: _Axes) -> dict[str, Float64Array]:
    centre = neck + 0.17 * axes.up
    return {
        "nose": centre + 0.11 * axes.ahead - 0.01 * axes.up,
        "eyes": centre[:, None] + axes.pair(0.085, 0.035, 0.03),
        "ears": centre[:, None] + axes.pair(0.0, 0.08, 0.01),
    }


def _arms(
    shoulders: Float64Array, stance: Stance[Float64Array], back: _Axes, bend: Float64Array, gait: Gait
) -> dict[str, Float64Array]:
    raised = np.stack((stance.left_raise, stance.right_raise), -1)
    out = np.stack((stance.left_out, stance.right_out), -1)
    elbow = np.stack((stance.left_elbow, stance.right_elbow), -1)
    # arms that are down stay vertical when the back bends
    swing = gait.swing + (bend[:, None] + 0.1) * np.maximum(np.cos(raised), 0)
    ahead, down = np.sin(raised) * np.cos(out), np.cos(raised)
    cos, sin = np.cos(swing), np.sin(swing)
    upper_arm = back.pair(ahead * cos + down * sin, np.sin(raised) * np.sin(out), ahead * sin - down * cos)
    bend_direction = back.pair(0.7, -0.3, 0.6)  # of elbows
    angle = elbow + 0.5 * np.maximum(gait.swing, 0)
    elbows = shoulders + _UPPER_ARM * upper_arm
    forearm = np.cos(angle)[..., None] * upper_arm + np.sin(angle)[..., None] * _across(bend_direction, upper_arm)
    return {"elbows": elbows, "wrists": elbows + _FOREARM * forearm}


def _legs(
    ground: Float64Array, hips: Float64Array, stance: Stance[Float64Array], axes: _Axes, gait: Gait
) -> dict[str, Float64Array]:
    """Put the feet where the gait says; the knees follow (inverse kinematics of two links)."""
    split = stance.split[:, None] / 2 * _SIDES[:, 0]
    height = ANKLE + gait.lift + 0.25 * np.maximum(-split, 0)
    feet = ground[:, None] + axes.pair(gait.ahead + split, _HIPS + 0.02 + _SIDES[:, 0] * gait.left, height)
    leg = feet - hips
    distance = np.sqrt((leg * leg).sum(-1, keepdims=True))
    reach = np.minimum(distance, 0.999 * (THIGH + SHANK))  # a foot that is too far behind is pulled along, heel first
    leg = leg / distance
    along = (reach * reach + THIGH**2 - SHANK**2) / (2 * reach)
    knees = hips + along * leg + np.sqrt(THIGH**2 - along * along) * _across(axes.ahead[:, None], leg)
    ankles = hips + reach * leg
    toes = ankles + axes.pair(0.18, 0.03, -0.05 - 0.6 * (ankles[..., 2] - ANKLE))
    return {"knees": knees, "ankles": ankles, "toes": toes}


def _across(vectors: Float64Array, direction: Float64Array) -> Float64Array:
    """Return the unit vectors at right angles to `direction`, towards `vectors`."""
    rest = vectors - (vectors * direction).sum(-1, keepdims=True) * direction
    unit: Float64Array = rest / np.maximum(np.sqrt((rest * rest).sum(-1, keepdims=True)), 1e-9)
    return unit
