"""Renders the robot world: the room, shadows, toys and the arm, for many frames at once."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidpred.worlds.arrays import RGB, Float32Array, Float64Array, IntArray
from vidpred.worlds.robot.arm import draw_arm
from vidpred.worlds.robot.camera import SIDE, Patch, ground, project_to_image
from vidpred.worlds.robot.toys import SUN, TOYS, render_toy

TABLE = np.array([[0.30, -0.40], [0.92, 0.40]])  # smallest and largest x and y, metres
_CLIPS_AT_ONCE = 4  # what fits into the processor's cache
_CAST = -np.array(SUN[:2]) / SUN[2]  # metres that a shadow is displaced for each metre of height


class Scene(NamedTuple):
    """Everything visible in N clips of T frames and K toys. Metres in the coordinates of camera.py."""

    toys: IntArray  # [N, K], indices of TOYS
    positions: Float64Array  # [N, T, K, 2]
    yaws: Float64Array  # [N, T, K], radians
    gripper: Float64Array  # [N, T, 3], the point between the finger tips
    spread: Float64Array  # [N, T], from finger to finger
    light: Float64Array  # [N, 3], 0..1: brightness, warmth, where light from the window falls on the table


def render(scene: Scene) -> NDArray[np.uint8]:
    """Render frames [N, T, 64, 64, 3]."""
    return np.concatenate(
        [
            _render_clips(Scene._make(values[first : first + _CLIPS_AT_ONCE] for values in scene))
            for first in range(0, len(scene.toys), _CLIPS_AT_ONCE)
        ]
    )


def _render_clips(scene: Scene) -> NDArray[np.uint8]:
    clips, length, count = scene.yaws.shape
    canvas = np.repeat(_rooms(scene.light), length, axis=0)
    tip, spread = scene.gripper.reshape(-1, 3), scene.spread.reshape(-1)
    frames = np.arange(clips * length)
    order = np.argsort(scene.positions[..., 0].reshape(-1, count), axis=1, kind="stable")  # from far to near
    behind = np.take_along_axis(scene.positions[..., 0].reshape(-1, count), order, 1) < tip[:, :1]
    toys = _Toys(scene)

    for indices in order.T:
        toys.draw_shadow(canvas, frames, indices)
    _darken(canvas, frames, *_shadow(tip, np.full(len(tip), 0.30), 0.03 + spread / 4, 0.75, (26, 30)))
    for indices, far in zip(order.T, behind.T, strict=True):
        toys.draw(canvas, frames[far], indices[far])
    draw_arm(canvas, tip, spread)
    for indices, far in zip(order.T, behind.T, strict=True):
        toys.draw(canvas, frames[~far], indices[~far])
    channels = (np.clip(canvas, 0, 1) * 255 + 0.5).astype(np.uint8).swapaxes(0, 1)
    return np.stack(list(channels), -1).reshape(clips, length, SIDE, SIDE, 3)


# ---- room ----


@cache
def _room() -> tuple[Float32Array, Float32Array]:
    """Render table, counter and walls [3, 64, 64], and the share of each pixel that is table [64, 64]."""
    grain = 4
    x, y = ground(grain)
    row, column = np.meshgrid(np.linspace(0, 1, SIDE * grain), np.linspace(-1, 1, SIDE * grain), indexing="ij")
    boards = _boards(x, y, row)
    wall = _paint_rows(row, (0, (0.92, 0.89, 0.84)), (0.14, (0.84, 0.80, 0.73)), (0.19, (0.70, 0.64, 0.56)))
    sides = _paint_rows(row, (0, (0.66, 0.72, 0.76)), (0.5, (0.47, 0.53, 0.60)), (1, (0.40, 0.43, 0.47))) * (
        1 - 0.15 * abs(column)
    )
    counter = _paint_rows(
        row,
        (0.68, (0.78, 0.76, 0.74)),
        (0.72, (0.93, 0.93, 0.92)),
        (0.91, (0.80, 0.81, 0.83)),
        (0.925, (0.36, 0.28, 0.22)),
        (1, (0.24, 0.19, 0.16)),
    )
    table = abs(y) < TABLE[1, 1]
    image = np.where(x <= TABLE[0, 0], wall, np.where(x >= TABLE[1, 0], counter, np.where(table, boards, sides)))
    table &= (x > TABLE[0, 0]) & (x < TABLE[1, 0])
    return _average(image, grain), _average(table.astype(np.float64), grain)[0]


def _boards(x: Float32Array, y: Float32Array, row: Float64Array) -> Float64Array:
    """Return the colours [3, ...] of the table: wooden boards."""
    rng = np.random.default_rng(0)
    streaks = rng.normal(0, 1, (70, 1)) + rng.normal(0, 0.12, (70, 70)).cumsum(1)
    grains = streaks[np.clip((y * 75 + 35).astype(int), 0, 69), np.clip(((x - 0.3) * 90).astype(int), 0, 69)]
    joints = abs((y + 0.4) % 0.2 - 0.1) > 0.0975
    colours = _paint_rows(row, (0.15, (0.80, 0.68, 0.52)), (0.7, (0.86, 0.73, 0.55)))
    boards: Float64Array = colours + 0.016 * grains - 0.06 * joints
    return boards


def _paint_rows(row: Float64Array, *stops: tuple[float, RGB]) -> Float64Array:
    """Return colours [3, ...] that are interpolated between stops (row, colour); rows are 0..1."""
    rows = [stop for stop, _ in stops]
    return np.stack([np.interp(row, rows, [colour[channel] for _, colour in stops]) for channel in range(3)])


def _average(samples: Float64Array, grain: int) -> Float32Array:
    """Average the `grain` by `grain` samples of each pixel."""
    image: Float32Array = samples.reshape(-1, SIDE, grain, SIDE, grain).mean((2, 4))
    return image.astype(np.float32)


def _rooms(light: Float64Array) -> Float32Array:
    """Render the room in the light of each clip, [N, 3, 64, 64]."""
    room, table = _room()
    x, y = ground()
    brightness, warmth, window = light.astype(np.float32).T[:, :, None, None]
    shine = 0.10 * table * np.maximum(0, 1 - ((y + 0.5 - window * 0.3) / 0.45) ** 2 - ((x - 0.55) / 0.5) ** 2)
    tint = 0.95 + 0.07 * brightness
    rooms: Float32Array = room * np.stack([tint + 0.02 * warmth, tint, tint - 0.03 * warmth], 1) + shine[:, None]
    return rooms


# ---- shadows ----


def _darken(canvas: Float32Array, frames: IntArray, shadow: Float32Array, patch: Patch) -> None:
    """Remove a share of the light of these frames: `shadow` [M, h, w] in 0..1."""
    patch.blend(canvas, frames, shadow, 0.0)


def _shadow(
    foot: Float64Array, height: Float64Array, radius: Float64Array, fade: float, size: tuple[int, int]
) -> tuple[Float32Array, Patch]:
    """Return the shadows of M upright objects on or above the table: the shares of light [M, h, w] that are missing,
    and the patches of the frame that they belong to. Higher objects have softer shadows; the shadow of the top is
    weaker by `fade`.
    """
    start, along = foot[:, :2] + foot[:, 2:] * _CAST, height[:, None] * _CAST
    patch = Patch.around(project_to_image(np.column_stack([start + along / 2, np.zeros(len(start))]))[0], size)
    x0, y0, dx, dy, r, z = (
        values.astype(np.float32)[:, None, None] for values in (*start.T, *along.T, radius, foot[:, 2])
    )
    x, y = (patch.cut(values) for values in ground())
    x, y = x - x0, y - y0
    share = np.clip((x * dx + y * dy) / (dx * dx + dy * dy), 0, 1)  # 0 at the foot, 1 at the top
    x, y = x - share * dx, y - share * dy
    soft = 0.022 + 0.05 * share + 0.12 * z
    depth = np.clip((r + soft / 2 - np.sqrt(x * x + y * y)) / soft, 0, 1)
    return patch.cut(_room()[1]) * depth * depth * (3 - 2 * depth) * (1 - fade * share) * (0.48 - z), patch


class _Toys:
    """The toys of a scene and their shadows, rendered once for each pose that differs from the previous frame's."""

    def __init__(self, scene: Scene) -> None:
        poses = np.concatenate([scene.positions, scene.yaws[..., None]], -1).transpose(0, 2, 1, 3)  # [N, K, T, 3]
        clips, count, length, _ = poses.shape
        new = np.ones((clips, count, length), bool)
        new[:, :, 1:] = (poses[:, :, 1:] != poses[:, :, :-1]).any(-1)
        self.pose_index = (
            (np.cumsum(new) - 1).reshape(clips, count, length).transpose(0, 2, 1).reshape(-1, count)
        )  # [F, K]
        toys, poses = np.broadcast_to(scene.toys[:, :, None], new.shape)[new], poses[new]
        kinds = np.unique(toys)
        rendered = [render_toy(TOYS[kind], poses[toys == kind]) for kind in kinds]
        original_order = np.argsort(np.concatenate([np.flatnonzero(toys == kind) for kind in kinds]))
        self.images = np.concatenate([images for images, _ in rendered])[original_order]
        corners = np.concatenate([patch.corner for _, patch in rendered])[original_order]
        self.patches = Patch(corners, rendered[0][1].size)
        reach, height = (np.array([getattr(toy, size) for toy in TOYS])[toys] for size in ("reach", "height"))
        self.shadows, self.shadow_patches = _shadow(
            np.column_stack([poses[:, :2], 0 * reach]), height - reach / 2, reach, 0.4, (13, 17)
        )

    def draw(self, canvas: Float32Array, frames: IntArray, indices: IntArray) -> None:
        """Draw one toy, given by its index, in each of these frames."""
        pose = self.pose_index[frames, indices]
        image = self.images[pose]
        self.patches.take(pose).blend(canvas, frames, image[:, 3], image[:, :3])

    def draw_shadow(self, canvas: Float32Array, frames: IntArray, indices: IntArray) -> None:
        """Draw the shadow of one toy in each of these frames."""
        pose = self.pose_index[frames, indices]
        _darken(canvas, frames, self.shadows[pose], self.shadow_patches.take(pose))
