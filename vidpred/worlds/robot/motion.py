"""How the robot world moves: an arm goes for toys and pushes them about on a table.

Lengths are metres, as camera.py has them. An action (x, y, lift, open) is what the arm does from one frame to the next: how
far it goes on the table's plane, how high it is lifted, and whether the gripper is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vidpred.worlds.robot.camera import Numbers, Points
from vidpred.worlds.robot.scene import TABLE, Scene
from vidpred.worlds.robot.toys import TOYS

FRAMES = 30
TOYS_SHOWN = 4
STRIDE = 0.07  # the longest way along x or y in one frame
LIFTS = {0: 0.012, 1: 0.06, 3: 0.16}  # column 3 -> the height of the finger tips; 1 clears flat toys, 3 all
CLIMB = 0.08  # the longest way up or down in one frame
SPREADS = (0.052, 0.095)  # from finger to finger, closed and open
WORKSPACE = np.array([[0.48, -0.22], [0.785, 0.22]])  # leaves room for any toy between the arm and the table's edge

_FINGER = 0.018  # radius
_SUBSTEPS = 6  # less than a finger's width each: nothing is jumped over
_HELD = 2  # frames for which an action is held
_PAIRS = FRAMES // _HELD
_CHASE = 3  # actions for which the arm goes for the same toy
_LIFTED = np.array([LIFTS.get(lift, np.nan) for lift in range(4)])
_REACH, _HEIGHT = (np.array([getattr(toy, size) for toy in TOYS]) for size in ("reach", "height"))


class Motion(NamedTuple):
    """What happens in N clips."""

    actions: Points  # [N, 30, 4]
    scene: Scene


class Dice(NamedTuple):
    """Everything that chance decides in a clip, or (stacked) in N clips."""

    toys: Numbers  # [K], places in TOYS
    places: Points  # [K, 2], where they stand at first, 0..1 of the workspace
    yaws: Points  # [K], radians
    light: Points  # [3], as Scene has it
    start: Points  # [2], where the arm is at first, 0..1 of the workspace
    goals: Numbers  # [15], the toy that the arm goes for
    beyond: Points  # [15, 2], normal: how far it misses it
    speeds: Points  # [15, 1], metres a frame
    lifts: Numbers  # [15], keys of LIFTS
    opens: Numbers  # [15], 0 or 1


def _throw(rng: np.random.Generator) -> Dice:
    """The shares of lifts and opened grippers are those of real actions."""
    chases = _PAIRS // _CHASE
    return Dice(
        toys=rng.permutation(len(TOYS))[:TOYS_SHOWN],
        places=rng.random((TOYS_SHOWN, 2)),
        yaws=rng.uniform(0, np.pi / 2, TOYS_SHOWN),
        light=rng.random(3),
        start=rng.random(2),
        goals=np.repeat(rng.integers(TOYS_SHOWN, size=chases), _CHASE),
        beyond=np.repeat(rng.normal(0, 1, (chases, 2)), _CHASE, axis=0) + rng.normal(0, 0.5, (_PAIRS, 2)),
        speeds=rng.uniform(0.03, 0.085, (_PAIRS, 1)),
        lifts=rng.choice(list(LIFTS), _PAIRS, p=[0.68, 0.08, 0.24]),
        opens=rng.choice(2, _PAIRS, p=[0.78, 0.22]),
    )


def simulate(seed: int, split: str, numbers: Sequence[int]) -> Motion:
    """Clips by their numbers: frame t + 1 follows from frame t and action t."""
    thrown = [_throw(np.random.default_rng([seed, number, *split.encode()])) for number in numbers]
    dice = Dice._make(np.stack(values) for values in zip(*thrown, strict=True))
    clips = np.arange(len(numbers))
    world = _begin(dice)
    actions = np.empty((len(clips), FRAMES, 4))
    seen = []
    for t in range(FRAMES):
        seen.append((world.places.copy(), world.yaws.copy(), world.gripper.copy(), world.spread.copy()))
        pair = t // _HELD
        if t % _HELD == 0:
            actions[:, t : t + _HELD] = _choose(
                world,
                dice.goals[:, pair],
                dice.beyond[:, pair],
                dice.speeds[:, pair],
                dice.lifts[:, pair],
                dice.opens[:, pair],
            )[:, None]
        world.act(actions[:, t])
    places, yaws, gripper, spread = (np.stack(values, 1) for values in zip(*seen, strict=True))
    return Motion(actions, Scene(dice.toys, places, yaws, gripper, spread, dice.light))


def _begin(dice: Dice) -> World:
    low, room = WORKSPACE[0], WORKSPACE[1] - WORKSPACE[0]
    gripper = np.column_stack([low + dice.start * room, np.full(len(dice.start), LIFTS[0])])
    world = World(dice.toys, low + dice.places * room, dice.yaws, gripper, np.full(len(gripper), SPREADS[0]))
    for _ in range(60):
        world.settle(np.zeros_like(gripper))
    return world


def _choose(world: World, goal: Numbers, beyond: Points, speed: Points, lift: Numbers, opened: Numbers) -> Points:
    """The next action [N, 4]: towards a toy and on behind it."""
    here, toy = world.gripper[:, :2], np.take_along_axis(world.places, goal[:, None, None], 1)[:, 0]
    aim = toy + 0.12 * _polar(toy - here)[0] + 0.05 * beyond
    way, far = _polar(np.clip(aim, *WORKSPACE) - here)
    return np.column_stack([np.clip(way * np.minimum(speed, 0.01 + far / _HELD), -STRIDE, STRIDE), lift, opened])


def _polar(vectors: Points) -> tuple[Points, Points]:
    """Directions [..., 2] and lengths [..., 1] of vectors [..., 2]; numpy is slow where it sums over a short axis."""
    x, y = vectors[..., :1], vectors[..., 1:]
    lengths = np.sqrt(x * x + y * y)
    return vectors / np.maximum(lengths, 1e-9), lengths


class World:
    """The state of N clips: toys and gripper. Only +, -, *, / and roots, which are exact: no clip hangs on its neighbours.

    The one long axis is that of the clips: they are next to each other in memory (Fortran's order).
    """

    def __init__(self, toys: Numbers, places: Points, yaws: Points, gripper: Points, spread: Points) -> None:
        self.places, self.yaws = np.asfortranarray(places), np.asfortranarray(yaws)  # [N, K, 2], [N, K]
        self.gripper, self.spread = np.asfortranarray(gripper), spread  # [N, 3], [N]
        self.reach, self.height = (
            np.asfortranarray(sizes[toys][..., None]) for sizes in (_REACH, _HEIGHT)
        )  # [N, K, 1]
        self.near = (self.reach[:, :, None] + self.reach[:, None]) * (
            1 - np.eye(toys.shape[1])[..., None]
        )  # [N, K, K, 1]
        self.bounds = TABLE[0] + self.reach, TABLE[1] - self.reach  # [N, K, 2] each

    def act(self, action: Points) -> None:
        """Go on by one frame."""
        rise = np.clip(_LIFTED[action[:, 2].astype(int)] - self.gripper[:, 2], -CLIMB, CLIMB)
        aim = np.column_stack([np.clip(self.gripper[:, :2] + action[:, :2], *WORKSPACE), self.gripper[:, 2] + rise])
        spread = np.array(SPREADS)[action[:, 3].astype(int)]
        way, wider = (aim - self.gripper) / _SUBSTEPS, (spread - self.spread) / _SUBSTEPS
        for _ in range(_SUBSTEPS):
            self.gripper = self.gripper + way
            self.spread = self.spread + wider
            self.settle(way)
        self.gripper, self.spread = aim, spread  # without what rounding added up

    def settle(self, way: Points) -> None:
        """Move toys out of the gripper, which just went `way`, and out of each other, and keep them on the table."""
        for _ in range(2):
            self._shove()
            self._push(way)
            self.places = np.clip(self.places, *self.bounds)

    def _push(self, way: Points) -> None:
        """The gripper is as wide as its fingers, and pushes what is not lower than it."""
        apart = self.places - self.gripper[:, None, :2]
        half = self.spread[:, None] / 2
        apart[..., 1] -= np.clip(apart[..., 1], -half, half)
        normal, far = _polar(apart)
        deep = np.maximum(self.reach + _FINGER - far, 0) * (self.gripper[:, None, 2:] < self.height)
        self.places = self.places + deep * normal
        rub = normal[..., 0] * way[:, None, 1] - normal[..., 1] * way[:, None, 0]  # what slides along a toy turns it
        self.yaws = self.yaws - (deep[..., 0] > 0) * rub / self.reach[..., 0] / 2

    def _shove(self) -> None:
        """Two toys that overlap make way by half each."""
        normal, far = _polar(self.places[:, :, None] - self.places[:, None])
        self.places = self.places + (np.maximum(self.near - far, 0) / 2 * normal).sum(2)
