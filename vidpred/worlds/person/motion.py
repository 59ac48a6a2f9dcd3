"""The person's motion: one continuous video, from a seed to a skeleton for each frame."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vidpred.worlds.arrays import Float64Array
from vidpred.worlds.person.body import Skeleton, Stance, pose_skeleton
from vidpred.worlds.person.gait import walk_path
from vidpred.worlds.person.moves import MOVES_IN_PLACE, WALKS, KeyFrame, Move, initial_stance

_SMOOTH = 4  # frames before and after, over which key frames are smoothed
_SWAY_PERIODS = (23.0, 61.0)  # frames; a person who stands still sways


def simulate_person(seed: int, split: str, number: int, length: int) -> Skeleton:
    """Return the skeletons of `length` frames. Video `number` of a split depends only on the seed, the name of the
    split and the number; a shorter one is the beginning of a longer one."""
    rng = np.random.default_rng([seed, number, *split.encode()])
    phases = rng.uniform(0, 2 * np.pi, (3, len(_SWAY_PERIODS)))
    stance = _stances(rng, length + 1)  # a speed takes the frames before and after
    angles = 2 * np.pi * np.arange(length + 1)[:, None] / np.array(_SWAY_PERIODS)
    heading, left, right = np.sin(angles + phases[:, None]).mean(-1)
    stance = stance._replace(
        heading=stance.heading + 0.10 * heading,
        left_raise=stance.left_raise + 0.05 * left,
        right_raise=stance.right_raise + 0.05 * right,
    )
    return pose_skeleton(stance, walk_path(stance.x, stance.y, stance.heading)).cut(slice(length))


def _stances(rng: np.random.Generator, length: int) -> Stance[Float64Array]:
    """Interpolate linearly between key frames, and smooth."""
    stance = initial_stance(rng)
    times, stances = [0.0], [stance]
    for frames, next_stance in _key_frames(rng, stance):
        times.append(times[-1] + frames)
        stances.append(next_stance)
        if times[-1] > length + _SMOOTH:
            break
    t = np.arange(-_SMOOTH, length + _SMOOTH)
    kernel = np.hanning(2 * _SMOOTH + 3)[1:-1]
    return Stance._make(
        np.convolve(np.interp(t, times, track), kernel / kernel.sum(), "valid") for track in zip(*stances, strict=True)
    )


def _key_frames(rng: np.random.Generator, stance: Stance[float]) -> Iterator[KeyFrame]:
    """Alternate between walks and moves in place; all moves of each are shown before one is repeated."""
    walks, moves_in_place = _shuffled(rng, WALKS), _shuffled(rng, MOVES_IN_PLACE)
    while True:
        stance = yield from next(walks)(rng, stance)
        stance = yield from next(moves_in_place)(rng, stance)


def _shuffled(rng: np.random.Generator, moves: tuple[Move, ...]) -> Iterator[Move]:
    while True:
        yield from (moves[index] for index in rng.permutation(len(moves)))
