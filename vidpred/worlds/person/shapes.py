"""Draws antialiased shapes and composes them, for many frames at once.

A cover is the share of each pixel that a shape hides, 0..1; light is how brightly its surface is lit. Both are [...,
h, w]: all rows and some columns of the image. Image points [..., 2] and radii [...] are pixels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vidpred.worlds.arrays import Float32Array, Float64Array
from vidpred.worlds.person.camera import HEIGHT, WIDTH

_FRAMES_AT_ONCE = 16  # few enough that the person stays within few columns
_AMBIENT, _LAMP = 0.52, 0.62
_TO_LAMP = (-0.50, -0.55, 0.67)  # down, right, towards the eye: above, to the left, and in front


def strips(points: Float64Array, margin: float) -> Iterator[tuple[slice, slice]]:
    """Yield a few frames at a time, and the columns that contain all of their points [F, J, 2] with a margin."""
    for first in range(0, len(points), _FRAMES_AT_ONCE):
        columns = points[first : first + _FRAMES_AT_ONCE, :, 1]
        left = int(np.clip(columns.min() - margin, 0, WIDTH - 1))
        yield (
            slice(first, first + _FRAMES_AT_ONCE),
            slice(left, int(np.clip(columns.max() + margin + 1, left + 1, WIDTH))),
        )


def grid(columns: slice) -> tuple[Float32Array, Float32Array]:
    """Return the rows [h, 1] and columns [1, w] of the centres of pixels."""
    rows, across = np.arange(HEIGHT, dtype=np.float32), np.arange(columns.start, columns.stop, dtype=np.float32)
    return rows[:, None] + np.float32(0.5), across[None] + np.float32(0.5)


def line(columns: slice, start: Float64Array, end: Float64Array, radius: float) -> Float32Array:
    """Return the cover of lines between image points, with round ends."""
    v0, u0, dv, du = _with_pixel_axes(*_rows_and_columns(start), *_rows_and_columns(end - start))
    _, v, u = _nearest(*_offsets_from(columns, v0, u0), dv, du)
    return _cover(radius, np.sqrt(v * v + u * u))


def capsule(
    columns: slice, start: Float64Array, end: Float64Array, first: Float64Array, last: Float64Array
) -> tuple[Float32Array, Float32Array]:
    """Return cover and light of round links between image points, which taper from the first radius to the last."""
    v0, u0, dv, du, r0, widening = _with_pixel_axes(
        *_rows_and_columns(start), *_rows_and_columns(end - start), first, last - first
    )
    share, v, u = _nearest(*_offsets_from(columns, v0, u0), dv, du)
    radius = r0 + widening * share
    return _cover(radius, np.sqrt(v * v + u * u)), _light(v / radius, u / radius)


def slab(columns: slice, corners: Float64Array, radius: Float64Array) -> tuple[Float32Array, Float32Array]:
    """Return cover and light of convex quadrilaterals with corners [4, ..., 2] in order, rounded by a radius."""
    distances, sides = [], []
    for start, end in zip(corners, np.roll(corners, -1, 0), strict=True):
        v0, u0, dv, du = _with_pixel_axes(*_rows_and_columns(start), *_rows_and_columns(end - start))
        v, u = _offsets_from(columns, v0, u0)
        sides.append(u * dv > v * du)
        _, v, u = _nearest(v, u, dv, du)
        distances.append(v * v + u * u)
    inside = np.logical_and.reduce(sides) | ~np.logical_or.reduce(sides)
    v0, u0, half_v, half_u, r = _with_pixel_axes(
        *_rows_and_columns(corners.mean(0)), *_rows_and_columns(np.ptp(corners, axis=0) / 2), radius
    )
    v, u = _offsets_from(columns, v0, u0)
    distance = np.where(inside, np.float32(0), np.sqrt(np.minimum.reduce(distances)))
    return _cover(r, distance), _light(np.float32(0.4) * v / (half_v + r), u / (half_u + r))


def compose(
    background: Float32Array, covers: Float32Array, colours: Float64Array, light: Float32Array | None = None
) -> Float32Array:
    """Draw K shapes over images [F, 3, h, w], the first on top: covers and light [K, F, h, w], colours [F, K, 3]."""
    weights = covers.copy() if light is None else covers * light
    visible = np.ones_like(covers[0])  # the share of the layers below that is visible
    for cover, weight in zip(covers, weights, strict=True):
        weight *= visible
        visible *= 1 - cover
    paint = colours.astype(np.float32).transpose(0, 2, 1) @ weights.reshape(*weights.shape[:2], -1).transpose(1, 0, 2)
    images: Float32Array = background * visible[:, None] + paint.reshape(background.shape)
    return images


def _rows_and_columns(points: Float64Array) -> tuple[Float64Array, Float64Array]:
    return points[..., 0], points[..., 1]


def _with_pixel_axes(*values: Float64Array) -> tuple[Float32Array, ...]:
    """Add axes for the rows and columns of pixels."""
    return tuple(value.astype(np.float32)[..., None, None] for value in values)


def _offsets_from(columns: slice, v0: Float32Array, u0: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Return how far down and to the right of (v0, u0) each pixel is."""
    rows, across = grid(columns)
    return rows - v0, across - u0


def _nearest(
    v: Float32Array, u: Float32Array, dv: Float32Array, du: Float32Array
) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Return the share of the segment (dv, du) at its point nearest to (v, u), and the offset from that point to (v,
    u)."""
    share = np.clip((v * dv + u * du) / np.maximum(dv * dv + du * du, np.float32(1e-6)), 0, 1)
    return share, v - share * dv, u - share * du


def _cover(radius: Float32Array | float, distance: Float32Array) -> Float32Array:
    """Return the cover at a distance from the axis of a shape. A shape thinner than a pixel covers less than one."""
    cover: Float32Array = np.clip(np.minimum(radius - distance + np.float32(0.5), 2 * radius), 0, 1)
    return cover


def _light(down: Float32Array, right: Float32Array) -> Float32Array:
    """Return the light of a round surface from two components of its normal."""
    down, right = np.clip(down, -1, 1), np.clip(right, -1, 1)
    out = np.sqrt(np.maximum(1 - down * down - right * right, 0))
    light: Float32Array = _AMBIENT + _LAMP * np.maximum(_TO_LAMP[0] * down + _TO_LAMP[1] * right + _TO_LAMP[2] * out, 0)
    return light
