"""The motion of the robot world: an arm that moves towards toys and pushes them on a table.

Lengths are metres in the coordinates of camera.py. An action (x, y, lift, open) is what the arm does from one frame to
the next: how far it moves in the table's plane, how high it is lifted, and whether the gripper is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vidpred.worlds.arrays import Float64Array, IntArray
from vidpred.worlds.robot.scene import TABLE, Scene
from vidpred.worlds.robot.toys import TOYS

FRAMES = 30
TOYS_SHOWN = 4
STRIDE = 0.07  # the most that the arm moves along x or y in one frame
LIFTS = {0: 0.012, 1: 0.06, 3: 0.16}  # lift of an action -> height of the finger tips; 1 clears flat toys, 3 clears all
CLIMB = 0.08  # the most that the arm moves up or down in one frame
SPREADS = (0.052, 0.095)  # from finger to finger, closed and open
WORKSPACE = np.array([[0.48, -0.22], [0.785, 0.22]])  # leaves room for any toy between the arm and the table's edge

_FINGER = 0.018  # radius
_SUBSTEPS = 6  # each shorter than a finger's width, so that the gripper skips no toy
_HELD = 2  # frames for which an action is repeated
_ACTIONS = FRAMES // _HELD  # different actions in a clip
_CHASE = 3  # successive actions towards the same toy
_LIFTED = np.array([LIFTS.get(lift, np.nan) for lift in range(4)])
_REACH, _HEIGHT = (np.array([getattr(toy, size) for toy in TOYS]) for size in ("reach", "height"))


class Motion(NamedTuple):
    """The actions and the scene of N clips."""

    actions: Float64Array  # [N, 30, 4]
    scene: Scene


class Draws(NamedTuple):
    """All random choices of a clip, or (stacked) of N clips."""

    toys: IntArray  # [K], indices of TOYS
    positions: Float64Array  # [K, 2], initial positions of the toys, 0..1 of the workspace
    yaws: Float64Array  # [K], radians
    light: Float64Array  # [3], see Scene
    start: Float64Array  # [2], initial position of the arm, 0..1 of the workspace
    goals: IntArray  # [15], the toy that the arm moves towards
    misses: Float64Array  # [15, 2], standard normal: how far the arm aims beside it
    speeds: Float64Array  # [15, 1], metres a frame
    lifts: IntArray  # [15], keys of LIFTS
    opens: IntArray  # [15], 0 or 1


def _draw(rng: np.random.Generator) -> Draws:
    """Make the random choices of a clip. The shares of lifts and open grippers are those of the real data."""
    chases = _ACTIONS // _CHASE
    return Draws(
        toys=rng.permutation(len(TOYS))[:TOYS_SHOWN],
        positions=rng.random((TOYS_SHOWN, 2)),
        yaws=rng.uniform(0, np.pi / 2, TOYS_SHOWN),
        light=rng.random(3),
        start=rng.random(2),
        goals=np.repeat(rng.integers(TOYS_SHOWN, size=chases), _CHASE),
        misses=np.repeat(rng.normal(0, 1, (chases, 2)), _CHASE, axis=0) + rng.normal(0, 0.5, (_ACTIONS, 2)),
        speeds=rng.uniform(0.03, 0.085, (_ACTIONS, 1)),
        lifts=rng.choice(list(LIFTS), _ACTIONS, p=[0.68, 0.08, 0.24]),
        opens=rng.choice(2, _ACTIONS, p=[0.78, 0.22]),
    )


def simulate_robot(seed: int, split: str, numbers: Sequence[int]) -> Motion:
    """Simulate the clips of these numbers: frame t + 1 follows from frame t and action t."""
    draws = [_draw(np.random.default_rng([seed, number, *split.encode()])) for number in numbers]
    stacked = Draws._make(np.stack(values) for values in zip(*draws, strict=True))
    world = _initial_world(stacked)
    actions = np.empty((len(numbers), FRAMES, 4))
    states = []
    for t in range(FRAMES):
        states.append((world.positions.copy(), world.yaws.copy(), world.gripper.copy(), world.spread.copy()))
        index = t // _HELD
        if t % _HELD == 0:
            actions[:, t : t + _HELD] = _choose_action(
                world,
                stacked.goals[:, index],
                stacked.misses[:, index],
                stacked.speeds[:, index],
                stacked.lifts[:, index],
                stacked.opens[:, index],
            )[:, None]
        world.act(actions[:, t])
    positions, yaws, gripper, spread = (np.stack(values, 1) for values in zip(*states, strict=True))
    return Motion(actions, Scene(stacked.toys, positions, yaws, gripper, spread, stacked.light))


def _initial_world(draws: Draws) -> World:
    low, room = WORKSPACE[0], WORKSPACE[1] - WORKSPACE[0]
    gripper = np.column_stack([low + draws.start * room, np.full(len(draws.start), LIFTS[0])])
    world = World(draws.toys, low + draws.positions * room, draws.yaws, gripper, np.full(len(gripper), SPREADS[0]))
    for _ in range(60):
        world.settle(np.zeros_like(gripper))
    return world


def _choose_action(
    world: World, goal: IntArray, miss: Float64Array, speed: Float64Array, lift: IntArray, opened: IntArray
) -> Float64Array:
    """Return the next action [N, 4]: towards a toy, and further behind it."""
    gripper, toy = world.gripper[:, :2], np.take_along_axis(world.positions, goal[:, None, None], 1)[:, 0]
    target = toy + 0.12 * _polar(toy - gripper)[0] + 0.05 * miss
    direction, distance = _polar(np.clip(target, *WORKSPACE) - gripper)
    stride = np.clip(direction * np.minimum(speed, 0.01 + distance / _HELD), -STRIDE, STRIDE)
    return np.column_stack([stride, lift, opened])


def _polar(vectors: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Return directions [..., 2] and lengths [..., 1] of vectors [..., 2]. Written out because numpy sums slowly over
    a short axis."""
    x, y = vectors[..., :1], vectors[..., 1:]
    lengths = np.sqrt(x * x + y * y)
    return vectors / np.maximum(lengths, 1e-9), lengths


class World:
    """The state of N clips: toys and gripper. It is computed with +, -, *, / and square roots only, which are rounded
    the same way wherever a clip is in its batch: no clip depends on the others.

    Clips are the only long axis, and so they are adjacent in memory (Fortran order).
    """

    def __init__(
        self, toys: IntArray, positions: Float64Array, yaws: Float64Array, gripper: Float64Array, spread: Float64Array
    ) -> None:
        self.positions, self.yaws = np.asfortranarray(positions), np.asfortranarray(yaws)  # [N, K, 2], [N, K]
        self.gripper, self.spread = np.asfortranarray(gripper), spread  # [N, 3], [N]
        self.reach, self.height = (
            np.asfortranarray(sizes[toys][..., None]) for sizes in (_REACH, _HEIGHT)
        )  # [N, K, 1]
        self.min_distance = (self.reach[:, :, None] + self.reach[:, None]) * (
            1 - np.eye(toys.shape[1])[..., None]
        )  # [N, K, K, 1]
        self.bounds = TABLE[0] + self.reach, TABLE[1] - self.reach  # [N, K, 2] each

    def act(self, action: Float64Array) -> None:
        """Advance by one frame."""
        rise = np.clip(_LIFTED[action[:, 2].astype(int)] - self.gripper[:, 2], -CLIMB, CLIMB)
        target = np.column_stack([np.clip(self.gripper[:, :2] + action[:, :2], *WORKSPACE), self.gripper[:, 2] + rise])
        spread = np.array(SPREADS)[action[:, 3].astype(int)]
        movement, opening = (target - self.gripper) / _SUBSTEPS, (spread - self.spread) / _SUBSTEPS
        for _ in range(_SUBSTEPS):
            self.gripper = self.gripper + movement
            self.spread = self.spread + opening
            self.settle(movement)
        self.gripper, self.spread = target, spread  # without accumulated rounding errors

    def settle(self, movement: Float64Array) -> None:
        """Move toys out of the gripper, which just moved, and out of each other, and keep them on the table."""
        for _ in range(2):
            self._separate_toys()
            self._push_toys(movement)
            self.positions = np.clip(self.positions, *self.bounds)

    def _push_toys(self, movement: Float64Array) -> None:
        """Push the toys that are as high as the gripper; it is as wide as the distance of its fingers."""
        offset = self.positions - self.gripper[:, None, :2]
        half = self.spread[:, None] / 2
        offset[..., 1] -= np.clip(offset[..., 1], -half, half)
        normal, distance = _polar(offset)
        depth = np.maximum(self.reach + _FINGER - distance, 0) * (self.gripper[:, None, 2:] < self.height)
        self.positions = self.positions + depth * normal
        # sliding along a toy turns it
        slide = normal[..., 0] * movement[:, None, 1] - normal[..., 1] * movement[:, None, 0]
        self.yaws = self.yaws - (depth[..., 0] > 0) * slide / self.reach[..., 0] / 2

    def _separate_toys(self) -> None:
        """Move two toys that overlap apart, each by half of the overlap."""
        normal, distance = _polar(self.positions[:, :, None] - self.positions[:, None])
        self.positions = self.positions + (np.maximum(self.min_distance - distance, 0) / 2 * normal).sum(2)
