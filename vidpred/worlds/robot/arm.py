"""Draws the robot's arm: forearm, wrist, palm and two fingers, each a round, tapering link."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vidpred.worlds.arrays import RGB, Float32Array, Float64Array
from vidpred.worlds.robot.camera import SIDE, Patch, project_to_image

_BLACK: RGB = (0.11, 0.11, 0.13)
_STEEL: RGB = (0.19, 0.19, 0.22)
_RED: RGB = (0.62, 0.07, 0.13)
_ACROSS, _UP = np.array([0, 1.0, 0]), np.array([0, 0, 1.0])


class _Link(NamedTuple):
    """A link between points [F, 3], with its radius at each, metres."""

    start: Float64Array
    end: Float64Array
    radii: tuple[float, float]
    colour: RGB
    size: tuple[int, int]  # pixels; contains the link
    ring: tuple[float, float] | None = None  # where a red ring begins and ends, in shares of the length


def draw_arm(canvas: Float32Array, tip: Float64Array, spread: Float64Array) -> None:
    """Draw the arm in all F frames of a canvas, above the point between the finger tips [F, 3].

    `spread` [F] is the distance of the fingers, metres.
    """
    wrist = tip + 0.27 * _UP
    elbow = wrist + np.array([-0.20, 0, 0.36]) - 0.45 * tip[:, 1:2] * _ACROSS
    _draw_link(canvas, _Link(elbow, wrist, (0.092, 0.066), _BLACK, (36, 34), ring=(0.80, 0.92)))
    _draw_link(canvas, _Link(wrist, tip + 0.14 * _UP, (0.056, 0.046), _STEEL, (20, 16), ring=(0.50, 0.78)))
    for side in (-0.5, 0.5):
        finger = side * spread[:, None] * _ACROSS
        top, bottom = tip + 0.11 * _UP + 1.15 * finger, tip + 0.012 * _UP + finger
        _draw_link(canvas, _Link(top, bottom, (0.020, 0.016), _BLACK, (16, 10)))
    left, right = tip + 0.12 * _UP - 0.058 * _ACROSS, tip + 0.12 * _UP + 0.058 * _ACROSS
    _draw_link(canvas, _Link(left, right, (0.029, 0.029), _STEEL, (11, 18)))


def _draw_link(canvas: Float32Array, link: _Link) -> None:
    """Draw a link, lit from the left."""
    (first, first_scale), (last, last_scale) = project_to_image(link.start), project_to_image(link.end)
    patch = Patch.around((np.clip(first, 0, SIDE) + np.clip(last, 0, SIDE)) / 2, link.size)
    rows, columns = (values[0, 0] for values in patch.pixels())
    v0, u0, dv, du, r0, r1 = (
        values.astype(np.float32)[:, None, None]
        for values in (*first.T, *(last - first).T, link.radii[0] * first_scale, link.radii[1] * last_scale)
    )
    v, u, length = rows - v0, columns - u0, np.sqrt(du * du + dv * dv)
    share = np.clip((v * dv + u * du) / (length * length), 0, 1)
    radius = r0 + (r1 - r0) * share
    lit = (u * dv - v * du) / (length * radius) + 0.35  # 0 on the side that faces the light
    lit = np.maximum(1 - lit * lit, 0)
    v, u = v - share * dv, u - share * du
    cover = np.clip(radius - np.sqrt(v * v + u * u) + 0.5, 0, 1)
    patch.blend(canvas, np.arange(len(link.start)), cover, _paint(link, share, length, lit, cover))


def _paint(
    link: _Link, share: Float32Array, length: Float32Array, lit: Float32Array, cover: Float32Array
) -> Float32Array:
    """Return the colour of each pixel times its cover: `share` is the position along the link, `length` in pixels."""
    paint: Float32Array = np.array(link.colour, np.float32)[:, None, None]
    if link.ring is not None:
        begin, end = link.ring
        ring = np.clip(np.minimum(share - begin, end - share) * length + 0.5, 0, 1)
        red = np.array(_RED, np.float32)[:, None, None]
        paint = paint + ring[:, None] * (red - paint)
    glint = lit * lit * lit
    paint = paint * ((0.45 + 0.75 * lit) * cover)[:, None]
    paint += (0.16 * glint * glint * cover)[:, None]
    return paint
