"""How the person moves: one continuous video, from a seed to a skeleton for each frame."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vidpred.worlds.person.body import Skeleton, Stance, skeleton
from vidpred.worlds.person.camera import Points
from vidpred.worlds.person.gait import steps
from vidpred.worlds.person.moves import ON_THE_SPOT, WAYS, Dice, Key, Move, begin

_SMOOTH = 4  # frames before and after, over which key frames are rounded off
_PERIODS = (23.0, 61.0)  # frames: of the swaying of whoever stands still


def simulate(seed: int, split: str, number: int, length: int) -> Skeleton:
    """Skeletons of `length` frames. Video `number` of a split hangs on the seed, the split's name and the number alone; a
    shorter one is the beginning of a longer one."""
    dice = np.random.default_rng([seed, number, *split.encode()])
    sway = dice.uniform(0, 2 * np.pi, (3, len(_PERIODS)))
    stance = _stances(dice, length + 1)  # a speed takes the frames before and after
    heading, left, right = np.sin(2 * np.pi * np.arange(length + 1)[:, None] / np.array(_PERIODS) + sway[:, None]).mean(
        -1
    )
    stance = stance._replace(
        heading=stance.heading + 0.10 * heading,
        left_raise=stance.left_raise + 0.05 * left,
        right_raise=stance.right_raise + 0.05 * right,
    )
    return skeleton(stance, steps(stance.x, stance.y, stance.heading)).cut(slice(length))


def _stances(dice: Dice, length: int) -> Stance[Points]:
    """Straight lines between key frames, rounded off."""
    here = begin(dice)
    times, keys = [0.0], [here]
    for frames, stance in _keys(dice, here):
        times.append(times[-1] + frames)
        keys.append(stance)
        if times[-1] > length + _SMOOTH:
            break
    t = np.arange(-_SMOOTH, length + _SMOOTH)
    window = np.hanning(2 * _SMOOTH + 3)[1:-1]
    return Stance._make(
        np.convolve(np.interp(t, times, track), window / window.sum(), "valid") for track in zip(*keys, strict=True)
    )


def _keys(dice: Dice, here: Stance[float]) -> Iterator[Key]:
    """Ways and moves on the spot take turns; in each, all kinds come before one comes again."""
    ways, spots = _shuffled(dice, WAYS), _shuffled(dice, ON_THE_SPOT)
    while True:
        here = yield from next(ways)(dice, here)
        here = yield from next(spots)(dice, here)


def _shuffled(dice: Dice, moves: tuple[Move, ...]) -> Iterator[Move]:
    while True:
        yield from (moves[place] for place in dice.permutation(len(moves)))
