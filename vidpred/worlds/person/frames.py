"""Renders frames: the person in the room, from the skeleton only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidpred.worlds.arrays import RGB, Float32Array, Float64Array
from vidpred.worlds.person.body import Skeleton
from vidpred.worlds.person.camera import WIDTH, floor_position, project_points, scale
from vidpred.worlds.person.room import FLOOR, empty_room
from vidpred.worlds.person.shapes import capsule, compose, grid, slab, strips

_SKIN: RGB = (0.80, 0.56, 0.43)
_HAIR: RGB = (0.17, 0.11, 0.08)
_SHIRT: RGB = (0.80, 0.20, 0.16)
_SLEEVES: RGB = (0.68, 0.16, 0.13)
_TROUSERS: RGB = (0.15, 0.20, 0.36)
_SHOES: RGB = (0.10, 0.09, 0.09)
_MARGIN = 4.0  # columns between joints and the skin around them
_DIMMING = 0.45  # how much darker a limb is for each metre that it is farther away than the hip


class _Link(NamedTuple):
    """A round part of the body between points [T, 3], with its radius at each. Metres."""

    start: Float64Array
    end: Float64Array
    radii: tuple[float, float]
    colour: RGB
    nearer: float = 0.0  # metres by which it is drawn as if it were nearer


def render_frames(skeleton: Skeleton) -> NDArray[np.uint8]:
    """Render frames [T, 32, 64, 3]."""
    joints = project_points(skeleton.joints())
    frames = np.repeat(empty_room()[None], len(joints), axis=0)
    for times, columns in strips(joints, _MARGIN):
        part, opacity = skeleton.cut(times), _opacity(joints[times])
        frames[times, :, FLOOR:] *= (1 - opacity * _shadow(part))[:, None]
        covers, light, colours = _body(part, columns)
        frames[times, :, :, columns] = compose(frames[times, :, :, columns], covers * opacity, colours, light)
    return (np.clip(frames, 0, 1) * 255 + 0.5).astype(np.uint8).transpose(0, 2, 3, 1)


def _opacity(joints: Float64Array) -> Float32Array:
    """Return the opacity of the body, [T, 1, 1] in 0..1. A body is wider than its skeleton, and so it fades out while
    the last joint leaves the image: a frame never shows a person whom its skeleton image does not."""
    inside = np.minimum(joints[..., 1].max(1), WIDTH - joints[..., 1].min(1))
    opacity: Float32Array = np.clip(inside, 0, 1).astype(np.float32)
    return opacity[:, None, None]


def _body(skeleton: Skeleton, columns: slice) -> tuple[Float32Array, Float32Array, Float64Array]:
    """Return covers and light [K, T, h, w] and colours [T, K, 3] of all links, from near to far."""
    links = _links(skeleton)
    ends = np.stack([np.stack([link.start, link.end]) for link in links], 1)  # [2, K, T, 3]
    depth = ends[..., 1].mean(0)
    order = np.argsort(depth - np.array([link.nearer for link in links])[:, None], axis=0, kind="stable")  # [K, T]
    ends = np.take_along_axis(ends, order[None, ..., None], 1)
    radii = np.moveaxis(np.array([link.radii for link in links])[order], -1, 0) * scale(ends[..., 1])
    covers, light = capsule(columns, *project_points(ends), *radii)
    back = (order == 0).argmax(0), np.arange(order.shape[1])  # link 0 is the back: widen it to shoulders and hips
    cover, light[back] = _chest(skeleton, columns)
    covers[back] = np.maximum(covers[back], cover)
    light *= (1 - _DIMMING * (ends[..., 1].mean(0) - skeleton.hip[:, 1])).astype(np.float32)[..., None, None]
    return covers, light, np.array([link.colour for link in links])[order.T]


def _chest(skeleton: Skeleton, columns: slice) -> tuple[Float32Array, Float32Array]:
    """Return cover and light [T, h, w] of the chest."""
    left, right = skeleton.shoulders.swapaxes(0, 1)
    low_left, low_right = skeleton.hips.swapaxes(0, 1)
    return slab(
        columns, project_points(np.stack([left, right, low_right, low_left])), 0.075 * scale(skeleton.hip[:, 1])
    )


def _links(s: Skeleton) -> list[_Link]:
    up = _unit(s.neck - s.hip)
    links = [
        _Link(s.neck - 0.10 * up, s.hip + 0.06 * up, (0.10, 0.11), _SHIRT),
        _Link(s.hips[:, 0], s.hips[:, 1], (0.10, 0.10), _TROUSERS, -0.02),
        *_head(s),
    ]
    for side in (0, 1):
        shoulder, elbow, wrist, hip, knee, ankle, toe = (
            part[:, side] for part in (s.shoulders, s.elbows, s.wrists, s.hips, s.knees, s.ankles, s.toes)
        )
        links += [
            _Link(shoulder, elbow, (0.066, 0.052), _SLEEVES, 0.06),
            _Link(elbow, wrist + 0.25 * (wrist - elbow), (0.045, 0.040), _SKIN, 0.06),
            _Link(hip, knee, (0.092, 0.070), _TROUSERS),
            _Link(knee, ankle, (0.066, 0.055), _TROUSERS),
            _Link(ankle - np.array([0, 0, 0.03]), toe, (0.055, 0.040), _SHOES, 0.01),
        ]
    return links


def _head(s: Skeleton) -> list[_Link]:
    """Return the hair, the face and the neck."""
    centre = s.ears.mean(1)
    ahead = _unit(s.nose - centre)
    up = np.cross(ahead, _unit(s.ears[:, 0] - s.ears[:, 1]))
    hair, face = centre - 0.055 * ahead + 0.045 * up, centre + 0.035 * ahead - 0.02 * up
    return [
        _Link(hair, hair + 0.03 * ahead + 0.01 * up, (0.108, 0.105), _HAIR),
        _Link(face, face - 0.03 * up, (0.098, 0.088), _SKIN, 0.04),
        _Link(s.neck - 0.03 * up, centre - 0.08 * up, (0.06, 0.055), _SKIN, -0.02),
    ]


def _shadow(skeleton: Skeleton) -> Float32Array:
    """Return how much darker the floor is, [T, rows of the floor, 64]: under each foot and beside the body."""
    rows, columns = grid(slice(0, WIDTH))
    x, y = floor_position(rows[FLOOR:], columns)
    feet, light = (skeleton.ankles + skeleton.toes) / 2, np.ones(1)
    for centre, darkness, width in (
        (feet[:, 0], 0.38, 0.34),
        (feet[:, 1], 0.38, 0.34),
        (skeleton.hip + np.array([0.15, 0.1, 0]), 0.30, 0.62),
    ):
        right, away = (x - centre[:, 0, None, None]) / width, (y - centre[:, 1, None, None]) / width
        falloff = np.maximum(1 - right * right - 0.6 * away * away, 0)
        light = light * (1 - darkness * falloff * falloff)
    return (1 - light).astype(np.float32)


def _unit(vectors: Float64Array) -> Float64Array:
    unit: Float64Array = vectors / np.sqrt((vectors * vectors).sum(-1, keepdims=True))
    return unit
