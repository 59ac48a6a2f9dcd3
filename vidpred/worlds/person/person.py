"""Frames: the person in the room, drawn from the skeleton alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidpred.worlds.person.body import Skeleton
from vidpred.worlds.person.camera import WIDTH, Pixels, Points, floor, project, scale
from vidpred.worlds.person.room import FLOOR, Colour, room
from vidpred.worlds.person.shapes import capsule, grid, lay, slab, strips

_SKIN: Colour = (0.80, 0.56, 0.43)
_HAIR: Colour = (0.17, 0.11, 0.08)
_SHIRT: Colour = (0.80, 0.20, 0.16)
_SLEEVES: Colour = (0.68, 0.16, 0.13)
_TROUSERS: Colour = (0.15, 0.20, 0.36)
_SHOES: Colour = (0.10, 0.09, 0.09)
_MARGIN = 4.0  # columns between joints and the skin around them
_FAR = 0.45  # how much darker a limb is for each metre that it is farther off


class _Link(NamedTuple):
    """A round part of the body between points [T, 3], with its radius at both. Metres."""

    start: Points
    end: Points
    radii: tuple[float, float]
    colour: Colour
    nearer: float = 0.0  # comes before what is at the same depth


def draw(skeleton: Skeleton) -> NDArray[np.uint8]:
    """Frames [T, 32, 64, 3]."""
    places = project(skeleton.joints())
    frames = np.repeat(room()[None], len(places), axis=0)
    for times, columns in strips(places, _MARGIN):
        here, shown = skeleton.cut(times), _shown(places[times])
        frames[times, :, FLOOR:] *= (1 - shown * _shadow(here))[:, None]
        covers, light, colours = _body(here, columns)
        frames[times, :, :, columns] = lay(frames[times, :, :, columns], covers * shown, colours, light)
    return (np.clip(frames, 0, 1) * 255 + 0.5).astype(np.uint8).transpose(0, 2, 3, 1)


def _shown(places: Points) -> Pixels:
    """[T, 1, 1], 0..1: a body is wider than its skeleton, so that it fades where the last joint leaves the picture.
    A frame never shows what its skeleton does not."""
    inside = np.minimum(places[..., 1].max(1), WIDTH - places[..., 1].min(1))
    shown: Pixels = np.clip(inside, 0, 1).astype(np.float32)
    return shown[:, None, None]


def _body(skeleton: Skeleton, columns: slice) -> tuple[Pixels, Pixels, Points]:
    """Covers and light [K, T, h, w] and colours [T, K, 3] of all parts, in each frame the nearest first."""
    links = _links(skeleton)
    ends = np.stack([np.stack([link.start, link.end]) for link in links], 1)  # [2, K, T, 3]
    depth = ends[..., 1].mean(0)
    order = np.argsort(depth - np.array([link.nearer for link in links])[:, None], axis=0, kind="stable")  # [K, T]
    ends = np.take_along_axis(ends, order[None, ..., None], 1)
    radii = np.moveaxis(np.array([link.radii for link in links])[order], -1, 0) * scale(ends[..., 1])
    covers, light = capsule(columns, *project(ends), *radii)
    back = (
        (order == 0).argmax(0),
        np.arange(order.shape[1]),
    )  # the first link is the back: widen it to shoulders and hips
    cover, light[back] = _chest(skeleton, columns)
    covers[back] = np.maximum(covers[back], cover)
    light *= (1 - _FAR * (ends[..., 1].mean(0) - skeleton.hip[:, 1])).astype(np.float32)[..., None, None]
    return covers, light, np.array([link.colour for link in links])[order.T]


def _chest(skeleton: Skeleton, columns: slice) -> tuple[Pixels, Pixels]:
    """Cover and light [T, h, w]."""
    (left, right), (low_left, low_right) = (part.swapaxes(0, 1) for part in (skeleton.shoulders, skeleton.hips))
    return slab(columns, project(np.stack([left, right, low_right, low_left])), 0.075 * scale(skeleton.hip[:, 1]))


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
    """Face, hair over and behind it, neck."""
    middle = s.ears.mean(1)
    ahead = _unit(s.nose - middle)
    up = np.cross(ahead, _unit(s.ears[:, 0] - s.ears[:, 1]))
    hair, face = middle - 0.055 * ahead + 0.045 * up, middle + 0.035 * ahead - 0.02 * up
    return [
        _Link(hair, hair + 0.03 * ahead + 0.01 * up, (0.108, 0.105), _HAIR),
        _Link(face, face - 0.03 * up, (0.098, 0.088), _SKIN, 0.04),
        _Link(s.neck - 0.03 * up, middle - 0.08 * up, (0.06, 0.055), _SKIN, -0.02),
    ]


def _shadow(skeleton: Skeleton) -> Pixels:
    """How much darker the floor is [T, rows of the floor, 64]: under either foot, and in the light that the body takes away."""
    rows, across = grid(slice(0, WIDTH))
    x, y = floor(rows[FLOOR:], across)
    feet, light = (skeleton.ankles + skeleton.toes) / 2, np.ones(1)
    for spot, dark, wide in (
        (feet[:, 0], 0.38, 0.34),
        (feet[:, 1], 0.38, 0.34),
        (skeleton.hip + np.array([0.15, 0.1, 0]), 0.30, 0.62),
    ):
        right, away = (x - spot[:, 0, None, None]) / wide, (y - spot[:, 1, None, None]) / wide
        near = np.maximum(1 - right * right - 0.6 * away * away, 0)
        light = light * (1 - dark * near * near)
    return (1 - light).astype(np.float32)


def _unit(vectors: Points) -> Points:
    unit: Points = vectors / np.sqrt((vectors * vectors).sum(-1, keepdims=True))
    return unit
