"""Frames of the robot world: the room, shadows, toys and the arm, drawn for many frames at once."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidpred.worlds.robot.camera import SIDE, Numbers, Pixels, Points, Window, ground, project
from vidpred.worlds.robot.toys import SUN, TOYS, cast

Colour = tuple[float, float, float]

TABLE = np.array([[0.30, -0.40], [0.92, 0.40]])  # smallest and largest x and y, metres
_AT_ONCE = 4  # clips: what fits the processor's cache
_CAST = -np.array(SUN[:2]) / SUN[2]  # how far a shadow falls for each metre of height
_BLACK: Colour = (0.11, 0.11, 0.13)
_STEEL: Colour = (0.19, 0.19, 0.22)
_RED: Colour = (0.62, 0.07, 0.13)


class Scene(NamedTuple):
    """What is to be seen in N clips of T frames and K toys. Metres, as camera.py has them."""

    toys: Numbers  # [N, K], places in TOYS
    places: Points  # [N, T, K, 2]
    yaws: Points  # [N, T, K], radians
    gripper: Points  # [N, T, 3], the point between the finger tips
    spread: Points  # [N, T], from finger to finger
    light: Points  # [N, 3], 0..1: brightness, warmth, where the window shines on the table


def render(scene: Scene) -> NDArray[np.uint8]:
    """Frames [N, T, 64, 64, 3]."""
    return np.concatenate(
        [
            _frames(Scene._make(values[first : first + _AT_ONCE] for values in scene))
            for first in range(0, len(scene.toys), _AT_ONCE)
        ]
    )


def _frames(scene: Scene) -> NDArray[np.uint8]:
    clips, length, count = scene.yaws.shape
    canvas = np.repeat(_rooms(scene.light), length, axis=0)
    tip, spread = scene.gripper.reshape(-1, 3), scene.spread.reshape(-1)
    everyone = np.arange(clips * length)
    order = np.argsort(scene.places[..., 0].reshape(-1, count), axis=1, kind="stable")  # what is far is drawn first
    behind = np.take_along_axis(scene.places[..., 0].reshape(-1, count), order, 1) < tip[:, :1]
    toys = _Toys(scene)

    for which in order.T:
        toys.shade(canvas, everyone, which)
    _shadow(canvas, everyone, *_shade(tip, np.full(len(tip), 0.30), 0.03 + spread / 4, 0.75, (26, 30)))
    for which, far in zip(order.T, behind.T, strict=True):
        toys.draw(canvas, everyone[far], which[far])
    _arm(canvas, tip, spread)
    for which, far in zip(order.T, behind.T, strict=True):
        toys.draw(canvas, everyone[~far], which[~far])
    channels = (np.clip(canvas, 0, 1) * 255 + 0.5).astype(np.uint8).swapaxes(0, 1)
    return np.stack(list(channels), -1).reshape(clips, length, SIDE, SIDE, 3)


# ---- room ----


@cache
def _room() -> tuple[Pixels, Pixels]:
    """Table, counter and walls [3, 64, 64], and how much of each pixel is table [64, 64]."""
    grain = 4
    x, y = ground(grain)
    row, column = np.meshgrid(np.linspace(0, 1, SIDE * grain), np.linspace(-1, 1, SIDE * grain), indexing="ij")

    def paint(*stops: tuple[float, Colour]) -> Points:
        """Colours [3, ...] that change smoothly from row to row; rows are 0..1."""
        return np.stack([np.interp(row, [at for at, _ in stops], [colour[c] for _, colour in stops]) for c in range(3)])

    rng = np.random.default_rng(0)
    streaks = rng.normal(0, 1, (70, 1)) + rng.normal(0, 0.12, (70, 70)).cumsum(1)
    grains = streaks[np.clip((y * 75 + 35).astype(int), 0, 69), np.clip(((x - 0.3) * 90).astype(int), 0, 69)]
    joints = abs((y + 0.4) % 0.2 - 0.1) > 0.0975
    boards = paint((0.15, (0.80, 0.68, 0.52)), (0.7, (0.86, 0.73, 0.55))) + 0.016 * grains - 0.06 * joints
    wall = paint((0, (0.92, 0.89, 0.84)), (0.14, (0.84, 0.80, 0.73)), (0.19, (0.70, 0.64, 0.56)))
    sides = paint((0, (0.66, 0.72, 0.76)), (0.5, (0.47, 0.53, 0.60)), (1, (0.40, 0.43, 0.47))) * (
        1 - 0.15 * abs(column)
    )
    counter = paint(
        (0.68, (0.78, 0.76, 0.74)),
        (0.72, (0.93, 0.93, 0.92)),
        (0.91, (0.80, 0.81, 0.83)),
        (0.925, (0.36, 0.28, 0.22)),
        (1, (0.24, 0.19, 0.16)),
    )
    table = abs(y) < TABLE[1, 1]
    picture = np.where(x <= TABLE[0, 0], wall, np.where(x >= TABLE[1, 0], counter, np.where(table, boards, sides)))
    table &= (x > TABLE[0, 0]) & (x < TABLE[1, 0])

    def shrink(values: Points) -> Pixels:
        small: Pixels = values.reshape(-1, SIDE, grain, SIDE, grain).mean((2, 4))
        return small.astype(np.float32)

    return shrink(picture), shrink(table.astype(np.float64))[0]


def _rooms(light: Points) -> Pixels:
    """The room in the light of each clip, [N, 3, 64, 64]."""
    picture, table = _room()
    x, y = ground()
    brightness, warmth, window = light.astype(np.float32).T[:, :, None, None]
    shine = 0.10 * table * np.maximum(0, 1 - ((y + 0.5 - window * 0.3) / 0.45) ** 2 - ((x - 0.55) / 0.5) ** 2)
    tint = 0.95 + 0.07 * brightness
    rooms: Pixels = picture * np.stack([tint + 0.02 * warmth, tint, tint - 0.03 * warmth], 1) + shine[:, None]
    return rooms


# ---- shadows ----


def _shadow(canvas: Pixels, frames: Numbers, shade: Pixels, window: Window) -> None:
    """Take the share that `shade` [M, h, w] says, 0..1, of these frames' light."""
    window.blend(canvas, frames, shade, 0.0)


def _shade(foot: Points, height: Points, radius: Points, fade: float, size: tuple[int, int]) -> tuple[Pixels, Window]:
    """The shares of light [M, h, w] that the table lacks, and where, as upright things [M] stand or hang over it.

    Their shadows are softer the higher, and weaker by `fade` at their top.
    """
    start, along = foot[:, :2] + foot[:, 2:] * _CAST, height[:, None] * _CAST
    window = Window.around(project(np.column_stack([start + along / 2, np.zeros(len(start))]))[0], size)
    x0, y0, dx, dy, r, z = (
        values.astype(np.float32)[:, None, None] for values in (*start.T, *along.T, radius, foot[:, 2])
    )
    x, y = (window.cut(values) for values in ground())
    x, y = x - x0, y - y0
    share = np.clip((x * dx + y * dy) / (dx * dx + dy * dy), 0, 1)  # 0 at the foot, 1 at the top
    x, y = x - share * dx, y - share * dy
    soft = 0.022 + 0.05 * share + 0.12 * z
    deep = np.clip((r + soft / 2 - np.sqrt(x * x + y * y)) / soft, 0, 1)
    return window.cut(_room()[1]) * deep * deep * (3 - 2 * deep) * (1 - fade * share) * (0.48 - z), window


class _Toys:
    """The toys of a scene and their shadows, pictured once for each pose that differs from the frame before."""

    def __init__(self, scene: Scene) -> None:
        poses = np.concatenate([scene.places, scene.yaws[..., None]], -1).transpose(0, 2, 1, 3)  # [N, K, T, 3]
        clips, count, length, _ = poses.shape
        new = np.ones((clips, count, length), bool)
        new[:, :, 1:] = (poses[:, :, 1:] != poses[:, :, :-1]).any(-1)
        self.shown = (np.cumsum(new) - 1).reshape(clips, count, length).transpose(0, 2, 1).reshape(-1, count)  # [F, K]
        toys, poses = np.broadcast_to(scene.toys[:, :, None], new.shape)[new], poses[new]
        kinds = np.unique(toys)
        made = [cast(TOYS[kind], poses[toys == kind]) for kind in kinds]
        back = np.argsort(np.concatenate([np.flatnonzero(toys == kind) for kind in kinds]))
        self.pictures = np.concatenate([pictures for pictures, _ in made])[back]
        self.windows = Window(np.concatenate([window.corner for _, window in made])[back], made[0][1].size)
        reach, height = (np.array([getattr(toy, size) for toy in TOYS])[toys] for size in ("reach", "height"))
        self.shades, self.shaded = _shade(
            np.column_stack([poses[:, :2], 0 * reach]), height - reach / 2, reach, 0.4, (13, 17)
        )

    def draw(self, canvas: Pixels, frames: Numbers, which: Numbers) -> None:
        """Toy `which` of each of these frames."""
        shown = self.shown[frames, which]
        picture = self.pictures[shown]
        self.windows.take(shown).blend(canvas, frames, picture[:, 3], picture[:, :3])

    def shade(self, canvas: Pixels, frames: Numbers, which: Numbers) -> None:
        """The shadow of toy `which` of each of these frames."""
        shown = self.shown[frames, which]
        _shadow(canvas, frames, self.shades[shown], self.shaded.take(shown))


# ---- arm ----


def _arm(canvas: Pixels, tip: Points, spread: Points) -> None:
    """Forearm, wrist, palm and two fingers, over the point between the finger tips."""
    across, up = np.array([0, 1.0, 0]), np.array([0, 0, 1.0])
    wrist = tip + 0.27 * up
    elbow = wrist + np.array([-0.20, 0, 0.36]) - 0.45 * tip[:, 1:2] * across
    _limb(canvas, elbow, wrist, (0.092, 0.066), _BLACK, (0.80, 0.92), (36, 34))
    _limb(canvas, wrist, tip + 0.14 * up, (0.056, 0.046), _STEEL, (0.50, 0.78), (20, 16))
    for side in (-0.5, 0.5):
        finger = side * spread[:, None] * across
        _limb(
            canvas, tip + 0.11 * up + 1.15 * finger, tip + 0.012 * up + finger, (0.020, 0.016), _BLACK, None, (16, 10)
        )
    _limb(
        canvas,
        tip + 0.12 * up - 0.058 * across,
        tip + 0.12 * up + 0.058 * across,
        (0.029, 0.029),
        _STEEL,
        None,
        (11, 18),
    )


def _limb(
    canvas: Pixels,
    start: Points,
    end: Points,
    radii: tuple[float, float],
    colour: Colour,
    ring: tuple[float, float] | None,
    size: tuple[int, int],
) -> None:
    """A round, tapering link between points [F, 3], lit from the left; a red ring from one share of its length to another."""
    (first, first_scale), (last, last_scale) = project(start), project(end)
    window = Window.around((np.clip(first, 0, SIDE) + np.clip(last, 0, SIDE)) / 2, size)
    rows, columns = (values[0, 0] for values in window.pixels())
    v0, u0, dv, du, r0, r1 = (
        values.astype(np.float32)[:, None, None]
        for values in (*first.T, *(last - first).T, radii[0] * first_scale, radii[1] * last_scale)
    )
    v, u, length = rows - v0, columns - u0, np.sqrt(du * du + dv * dv)
    share = np.clip((v * dv + u * du) / (length * length), 0, 1)
    radius = r0 + (r1 - r0) * share
    lit = (u * dv - v * du) / (length * radius) + 0.35  # 0 on the side of the light
    lit = np.maximum(1 - lit * lit, 0)
    v, u = v - share * dv, u - share * du
    cover = np.clip(radius - np.sqrt(v * v + u * u) + 0.5, 0, 1)
    paint, red = (np.array(name, np.float32)[:, None, None] for name in (colour, _RED))
    if ring is not None:
        paint = paint + np.clip(np.minimum(share - ring[0], ring[1] - share) * length + 0.5, 0, 1)[:, None] * (
            red - paint
        )
    glint = lit * lit * lit
    paint = paint * ((0.45 + 0.75 * lit) * cover)[:, None]
    paint += (0.16 * glint * glint * cover)[:, None]
    window.blend(canvas, np.arange(len(start)), cover, paint)
