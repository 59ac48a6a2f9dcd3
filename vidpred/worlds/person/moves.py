"""What the person does. A move leads from a stance to another by key frames, and returns the stance that it ends in."""

from __future__ import annotations

from collections.abc import Callable, Generator
from math import atan2, hypot, pi, sin

import numpy as np

from vidpred.worlds.person.body import Stance
from vidpred.worlds.person.camera import EYE, WIDTH, scale

Key = tuple[float, Stance[float]]  # frames from the key frame before, and the stance that is reached
Keys = Generator[Key, None, Stance[float]]
Dice = np.random.Generator
Move = Callable[[Dice, Stance[float]], Keys]

_STAGE = ((-1.75, 1.75), (-0.9, 1.0))  # where the person acts: x and y, metres
_SPEEDS = (0.055, 0.07)  # of walking, metres a frame
_TURN = 0.19  # radians a frame
_PROFILE = pi / 2


def begin(dice: Dice) -> Stance[float]:
    """Standing somewhere, arms hanging."""
    x, y = _somewhere(dice)
    return Stance(
        x,
        y,
        heading=_frontal(dice),
        bend=0.0,
        crouch=0.0,
        split=0.0,
        left_raise=0.13,
        left_out=pi / 2,
        left_elbow=0.2,
        right_raise=0.13,
        right_out=pi / 2,
        right_elbow=0.2,
    )


def _somewhere(dice: Dice) -> tuple[float, float]:
    x, y = (dice.uniform(*reach) for reach in _STAGE)
    return x, y


def _frontal(dice: Dice) -> float:
    return dice.normal(0, 0.3)


def _side(dice: Dice) -> int:
    return 1 if dice.random() < 0.5 else -1


# ---- parts of moves ----


def _to(frames: float, there: Stance[float]) -> Keys:
    yield max(frames, 1), there
    return there


def _pause(dice: Dice, here: Stance[float], longest: int = 8) -> Keys:
    return (yield from _to(float(dice.integers(2, longest)), here))


def _turn(here: Stance[float], heading: float) -> Keys:
    """The shorter way round."""
    way = (heading - here.heading + pi) % (2 * pi) - pi
    return (yield from _to(abs(way) / _TURN, here._replace(heading=here.heading + way)))


def _aside(dice: Dice, here: Stance[float]) -> Keys:
    """To be seen from the side, where bending shows."""
    side = 1 if sin(here.heading) + dice.normal(0, 0.3) > 0 else -1
    return (yield from _turn(here, side * dice.uniform(0.65, 1.1) * _PROFILE))


def _go(dice: Dice, here: Stance[float], x: float, y: float) -> Keys:
    """Turn to a place and walk there."""
    here = yield from _turn(here, atan2(x - here.x, here.y - y))
    return (yield from _to(hypot(x - here.x, y - here.y) / dice.uniform(*_SPEEDS), here._replace(x=x, y=y)))


# ---- ways ----


def _walk(dice: Dice, here: Stance[float]) -> Keys:
    """To somewhere else, and mostly face the camera there."""
    x, y = _somewhere(dice)
    while abs(x - here.x) < 1:
        x, y = _somewhere(dice)
    here = yield from _go(dice, here, x, y)
    return (yield from _turn(here, _frontal(dice) if dice.random() < 0.7 else here.heading))


def _leave(dice: Dice, here: Stance[float]) -> Keys:
    """Out of the picture and back."""
    side, y = _side(dice), dice.uniform(*_STAGE[1])
    here = yield from _go(dice, here, EYE[0] + side * (WIDTH / 2 / scale(y) + dice.uniform(0.4, 0.55)), y)
    here = yield from _to(dice.uniform(7, 12), here._replace(heading=here.heading + pi * _side(dice)))
    here = yield from _go(dice, here, side * dice.uniform(0.1, 1.0), dice.uniform(*_STAGE[1]))
    return (yield from _turn(here, _frontal(dice)))


def _sidestep(dice: Dice, here: Stance[float]) -> Keys:
    """Towards the middle or across it, facing the camera."""
    here = yield from _turn(here, dice.normal(0, 0.15))
    way = dice.uniform(0.5, 1.2)
    here = yield from _to(
        way / dice.uniform(0.035, 0.05), here._replace(x=here.x - way if here.x > 0 else here.x + way)
    )
    return (yield from _pause(dice, here))


# ---- on the spot ----


def _turn_about(dice: Dice, here: Stance[float]) -> Keys:
    """To the side or to the back, and to the camera again."""
    here = yield from _turn(here, _side(dice) * dice.choice([0.5, 1, 2], p=[0.25, 0.5, 0.25]) * _PROFILE)
    here = yield from _pause(dice, here, 12)
    return (yield from _turn(here, _frontal(dice)))


_GESTURES: tuple[dict[str, float], ...] = (
    {"left_raise": 2.7, "right_raise": 2.7, "left_elbow": 0.4, "right_elbow": 0.4},
    {"left_raise": 1.6, "right_raise": 1.6, "left_elbow": 0.1, "right_elbow": 0.1},
    {"left_raise": 1.5, "right_raise": 1.5, "left_out": 0.1, "right_out": 0.1, "left_elbow": 0.1, "right_elbow": 0.1},
    {"left_raise": 0.9, "right_raise": 0.9, "left_elbow": 1.9, "right_elbow": 1.9},
    {"left_raise": 1.7, "left_elbow": 0.1},
    {"right_raise": 1.7, "right_elbow": 0.1},
    {"left_raise": 2.6, "left_elbow": 0.5},
    {"right_raise": 2.6, "right_elbow": 0.5},
    {"left_raise": 1.5, "left_out": 0.2, "left_elbow": 0.1},
    {"right_raise": 1.5, "right_out": 0.2, "right_elbow": 0.1},
)


def _gesture(dice: Dice, here: Stance[float]) -> Keys:
    """Raise one arm or both, perhaps wave, and let them hang; a quarter of the time not facing the camera."""
    if dice.random() < 0.25:
        here = yield from _turn(here, _side(dice) * dice.uniform(0.4, 1.0) * _PROFILE)
    chosen = {name: angle * dice.uniform(0.85, 1.1) for name, angle in _GESTURES[dice.integers(len(_GESTURES))].items()}
    frames, shown = dice.uniform(9, 14), here._replace(**chosen)
    yield from _to(frames, shown)
    for _ in range(dice.integers(0, 3)):
        yield from _to(
            5, shown._replace(**{name: angle + 0.7 for name, angle in chosen.items() if name.endswith("elbow")})
        )
        yield from _to(5, shown)
    yield from _pause(dice, shown)
    return (yield from _to(frames, here))


def _bend(dice: Dice, here: Stance[float]) -> Keys:
    """Bow, arms hanging."""
    here = yield from _aside(dice, here)
    low = yield from _to(dice.uniform(10, 14), here._replace(bend=dice.uniform(0.8, 1.5), crouch=0.04))
    yield from _pause(dice, low)
    return (yield from _to(dice.uniform(10, 14), here))


def _squat(dice: Dice, here: Stance[float]) -> Keys:
    """Once or twice, arms stretched out."""
    here = yield from _turn(here, dice.uniform(-1, 1) * _PROFILE)
    deep = dice.uniform(0.25, 0.4)
    low = here._replace(crouch=deep, bend=1.6 * deep, left_raise=1.4, right_raise=1.4, left_out=0.1, right_out=0.1)
    for _ in range(dice.integers(1, 3)):
        yield from _to(dice.uniform(8, 11), low)
        yield from _to(3, low)
        yield from _to(dice.uniform(8, 11), here)
    return here


def _lunge(dice: Dice, here: Stance[float]) -> Keys:
    """On one knee, either foot ahead."""
    here = yield from _aside(dice, here)
    lead = _side(dice)
    astride = here._replace(split=0.75 * lead, crouch=0.12)
    low = here._replace(split=0.85 * lead, crouch=dice.uniform(0.28, 0.38), left_elbow=1.2, right_elbow=1.2)
    yield from _to(9, astride)
    yield from _to(8, low)
    yield from _pause(dice, low)
    yield from _to(8, astride)
    return (yield from _to(9, here))


WAYS: tuple[Move, ...] = (_walk, _leave, _sidestep)
ON_THE_SPOT: tuple[Move, ...] = (_gesture, _turn_about, _bend, _gesture, _squat, _lunge)
