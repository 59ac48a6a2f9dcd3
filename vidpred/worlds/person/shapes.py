"""Shapes in the picture, antialiased, and how they are laid over each other, for many frames at once.

A cover is the share of each pixel that a shape hides, 0..1; light is how brightly its surface is lit there. Both are
[..., h, w]: all rows and some columns of the picture. Places [..., 2] and radii [...] are pixels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vidpred.worlds.person.camera import HEIGHT, WIDTH, Pixels, Points

_AT_ONCE = 16  # frames: little enough for few columns to hold the person in all of them
_AMBIENT, _LAMP = 0.52, 0.62
_TO_LAMP = (-0.50, -0.55, 0.67)  # down, right, towards the eye: above, to the left, and in front


def strips(places: Points, margin: float) -> Iterator[tuple[slice, slice]]:
    """Frames, a few at once, and the columns that hold all their places [F, J, 2] with a margin."""
    for first in range(0, len(places), _AT_ONCE):
        columns = places[first : first + _AT_ONCE, :, 1]
        left = int(np.clip(columns.min() - margin, 0, WIDTH - 1))
        yield slice(first, first + _AT_ONCE), slice(left, int(np.clip(columns.max() + margin + 1, left + 1, WIDTH)))


def grid(columns: slice) -> tuple[Pixels, Pixels]:
    """Rows [h, 1] and columns [1, w] of the middles of pixels."""
    rows, across = np.arange(HEIGHT, dtype=np.float32), np.arange(columns.start, columns.stop, dtype=np.float32)
    return rows[:, None] + np.float32(0.5), across[None] + np.float32(0.5)


def line(columns: slice, start: Points, end: Points, radius: float) -> Pixels:
    """Cover of lines between places, with round ends."""
    v0, u0, dv, du = _wide(*_parts(start), *_parts(end - start))
    _, v, u = _nearest(*_from(columns, v0, u0), dv, du)
    return _cover(radius, np.sqrt(v * v + u * u))


def capsule(columns: slice, start: Points, end: Points, first: Points, last: Points) -> tuple[Pixels, Pixels]:
    """Cover and light of round links between places, which taper from the first radius to the last."""
    v0, u0, dv, du, r0, widening = _wide(*_parts(start), *_parts(end - start), first, last - first)
    share, v, u = _nearest(*_from(columns, v0, u0), dv, du)
    radius = r0 + widening * share
    return _cover(radius, np.sqrt(v * v + u * u)), _light(v / radius, u / radius)


def slab(columns: slice, corners: Points, radius: Points) -> tuple[Pixels, Pixels]:
    """Cover and light of convex quadrilaterals, corners [4, ..., 2] in turn, which are rounded by a radius."""
    far, sides = [], []
    for start, end in zip(corners, np.roll(corners, -1, 0), strict=True):
        v0, u0, dv, du = _wide(*_parts(start), *_parts(end - start))
        v, u = _from(columns, v0, u0)
        sides.append(u * dv > v * du)
        _, v, u = _nearest(v, u, dv, du)
        far.append(v * v + u * u)
    inside = np.logical_and.reduce(sides) | ~np.logical_or.reduce(sides)
    v0, u0, half_v, half_u, r = _wide(*_parts(corners.mean(0)), *_parts(np.ptp(corners, axis=0) / 2), radius)
    v, u = _from(columns, v0, u0)
    distance = np.where(inside, np.float32(0), np.sqrt(np.minimum.reduce(far)))
    return _cover(r, distance), _light(np.float32(0.4) * v / (half_v + r), u / (half_u + r))


def lay(under: Pixels, covers: Pixels, colours: Points, light: Pixels | None = None) -> Pixels:
    """Pictures [F, 3, h, w] with shapes over them: covers and light [K, F, h, w], colours [F, K, 3]; the first is on top."""
    weights = covers.copy() if light is None else covers * light
    seen = np.ones_like(covers[0])  # how much is seen of what lies below
    for cover, weight in zip(covers, weights, strict=True):
        weight *= seen
        seen *= 1 - cover
    paint = colours.astype(np.float32).transpose(0, 2, 1) @ weights.reshape(*weights.shape[:2], -1).transpose(1, 0, 2)
    pictures: Pixels = under * seen[:, None] + paint.reshape(under.shape)
    return pictures


def _parts(places: Points) -> tuple[Points, Points]:
    """Rows and columns."""
    return places[..., 0], places[..., 1]


def _wide(*values: Points) -> tuple[Pixels, ...]:
    """With axes for the rows and columns of pixels."""
    return tuple(value.astype(np.float32)[..., None, None] for value in values)


def _from(columns: slice, v0: Pixels, u0: Pixels) -> tuple[Pixels, Pixels]:
    """How far down and to the right of (v0, u0) each pixel is."""
    rows, across = grid(columns)
    return rows - v0, across - u0


def _nearest(v: Pixels, u: Pixels, dv: Pixels, du: Pixels) -> tuple[Pixels, Pixels, Pixels]:
    """The share of the way (dv, du) that comes nearest to (v, u), and from there to (v, u)."""
    share = np.clip((v * dv + u * du) / np.maximum(dv * dv + du * du, np.float32(1e-6)), 0, 1)
    return share, v - share * dv, u - share * du


def _cover(radius: Pixels | float, distance: Pixels) -> Pixels:
    """What is thinner than a pixel hides less than one."""
    cover: Pixels = np.clip(np.minimum(radius - distance + np.float32(0.5), 2 * radius), 0, 1)
    return cover


def _light(down: Pixels, right: Pixels) -> Pixels:
    """Of a round surface, by two parts of its normal."""
    down, right = np.clip(down, -1, 1), np.clip(right, -1, 1)
    out = np.sqrt(np.maximum(1 - down * down - right * right, 0))
    light: Pixels = _AMBIENT + _LAMP * np.maximum(_TO_LAMP[0] * down + _TO_LAMP[1] * right + _TO_LAMP[2] * out, 0)
    return light
