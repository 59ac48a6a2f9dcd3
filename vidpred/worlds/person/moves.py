"""The person's moves. A move yields the key frames from one stance to another, and returns the last stance."""

from __future__ import annotations

from collections.abc import Callable, Generator
from math import atan2, hypot, pi, sin

import numpy as np

from vidpred.worlds.person.body import Stance
from vidpred.worlds.person.camera import EYE, WIDTH, scale

KeyFrame = tuple[float, Stance[float]]  # frames since the previous key frame, and the stance that is reached
KeyFrames = Generator[KeyFrame, None, Stance[float]]
Rng = np.random.Generator
Move = Callable[[Rng, Stance[float]], KeyFrames]

_STAGE = ((-1.75, 1.75), (-0.9, 1.0))  # the area that the person moves in: x and y, metres
_SPEEDS = (0.055, 0.07)  # of walking, metres a frame
_TURN = 0.19  # radians a frame
_PROFILE = pi / 2


def initial_stance(rng: Rng) -> Stance[float]:
    """Return a standing person at a random position, arms down."""
    x, y = _random_position(rng)
    return Stance(
        x,
        y,
        heading=_frontal_heading(rng),
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


def _random_position(rng: Rng) -> tuple[float, float]:
    x, y = (rng.uniform(*reach) for reach in _STAGE)
    return x, y


def _frontal_heading(rng: Rng) -> float:
    return rng.normal(0, 0.3)


def _random_sign(rng: Rng) -> int:
    return 1 if rng.random() < 0.5 else -1


# ---- parts of moves ----


def _to(frames: float, target: Stance[float]) -> KeyFrames:
    yield max(frames, 1), target
    return target


def _pause(rng: Rng, stance: Stance[float], longest: int = 8) -> KeyFrames:
    return (yield from _to(float(rng.integers(2, longest)), stance))


def _turn(stance: Stance[float], heading: float) -> KeyFrames:
    """Turn to a heading, the shorter way round."""
    angle = (heading - stance.heading + pi) % (2 * pi) - pi
    return (yield from _to(abs(angle) / _TURN, stance._replace(heading=stance.heading + angle)))


def _turn_aside(rng: Rng, stance: Stance[float]) -> KeyFrames:
    """Turn sideways to the camera, so that bending is visible."""
    side = 1 if sin(stance.heading) + rng.normal(0, 0.3) > 0 else -1
    return (yield from _turn(stance, side * rng.uniform(0.65, 1.1) * _PROFILE))


def _walk_to(rng: Rng, stance: Stance[float], x: float, y: float) -> KeyFrames:
    """Turn towards a position and walk to it."""
    stance = yield from _turn(stance, atan2(x - stance.x, stance.y - y))
    return (yield from _to(hypot(x - stance.x, y - stance.y) / rng.uniform(*_SPEEDS), stance._replace(x=x, y=y)))


# ---- walks ----


def _walk(rng: Rng, stance: Stance[float]) -> KeyFrames:
    """Walk to another position, and usually face the camera afterwards."""
    x, y = _random_position(rng)
    while abs(x - stance.x) < 1:
        x, y = _random_position(rng)
    stance = yield from _walk_to(rng, stance, x, y)
    return (yield from _turn(stance, _frontal_heading(rng) if rng.random() < 0.7 else stance.heading))


def _leave(rng: Rng, stance: Stance[float]) -> KeyFrames:
    """Leave the image and come back."""
    side, y = _random_sign(rng), rng.uniform(*_STAGE[1])
    stance = yield from _walk_to(rng, stance, EYE[0] + side * (WIDTH / 2 / scale(y) + rng.uniform(0.4, 0.55)), y)
    stance = yield from _to(rng.uniform(7, 12), stance._replace(heading=stance.heading + pi * _random_sign(rng)))
    stance = yield from _walk_to(rng, stance, side * rng.uniform(0.1, 1.0), rng.uniform(*_STAGE[1]))
    return (yield from _turn(stance, _frontal_heading(rng)))


def _sidestep(rng: Rng, stance: Stance[float]) -> KeyFrames:
    """Step sideways towards the middle or across it, facing the camera."""
    stance = yield from _turn(stance, rng.normal(0, 0.15))
    distance = rng.uniform(0.5, 1.2)
    stance = yield from _to(
        distance / rng.uniform(0.035, 0.05),
        stance._replace(x=stance.x - distance if stance.x > 0 else stance.x + distance),
    )
    return (yield from _pause(rng, stance))


# ---- moves in place ----


def _turn_about(rng: Rng, stance: Stance[float]) -> KeyFrames:
    """Turn to the side or to the back, and to the camera again."""
    stance = yield from _turn(stance, _random_sign(rng) * rng.choice([0.5, 1, 2], p=[0.25, 0.5, 0.25]) * _PROFILE)
    stance = yield from _pause(rng, stance, 12)
    return (yield from _turn(stance, _frontal_heading(rng)))


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


def _gesture(rng: Rng, stance: Stance[float]) -> KeyFrames:
    """Raise one arm or both, perhaps wave, and lower them; a quarter of the time without facing the camera."""
    if rng.random() < 0.25:
        stance = yield from _turn(stance, _random_sign(rng) * rng.uniform(0.4, 1.0) * _PROFILE)
    chosen = {name: angle * rng.uniform(0.85, 1.1) for name, angle in _GESTURES[rng.integers(len(_GESTURES))].items()}
    frames, raised = rng.uniform(9, 14), stance._replace(**chosen)
    yield from _to(frames, raised)
    for _ in range(rng.integers(0, 3)):
        yield from _to(
            5, raised._replace(**{name: angle + 0.7 for name, angle in chosen.items() if name.endswith("elbow")})
        )
        yield from _to(5, raised)
    yield from _pause(rng, raised)
    return (yield from _to(frames, stance))


def _bend(rng: Rng, stance: Stance[float]) -> KeyFrames:
    """Bow, arms down."""
    stance = yield from _turn_aside(rng, stance)
    low = yield from _to(rng.uniform(10, 14), stance._replace(bend=rng.uniform(0.8, 1.5), crouch=0.04))
    yield from _pause(rng, low)
    return (yield from _to(rng.uniform(10, 14), stance))


def _squat(rng: Rng, stance: Stance[float]) -> KeyFrames:
    """Squat once or twice, arms stretched out."""
    stance = yield from _turn(stance, rng.uniform(-1, 1) * _PROFILE)
    deep = rng.uniform(0.25, 0.4)
    low = stance._replace(crouch=deep, bend=1.6 * deep, left_raise=1.4, right_raise=1.4, left_out=0.1, right_out=0.1)
    for _ in range(rng.integers(1, 3)):
        yield from _to(rng.uniform(8, 11), low)
        yield from _to(3, low)
        yield from _to(rng.uniform(8, 11), stance)
    return stance


def _lunge(rng: Rng, stance: Stance[float]) -> KeyFrames:
    """Lunge, with either foot ahead."""
    stance = yield from _turn_aside(rng, stance)
    lead = _random_sign(rng)
    astride = stance._replace(split=0.75 * lead, crouch=0.12)
    low = stance._replace(split=0.85 * lead, crouch=rng.uniform(0.28, 0.38), left_elbow=1.2, right_elbow=1.2)
    yield from _to(9, astride)
    yield from _to(8, low)
    yield from _pause(rng, low)
    yield from _to(8, astride)
    return (yield from _to(9, stance))


WALKS: tuple[Move, ...] = (_walk, _leave, _sidestep)
MOVES_IN_PLACE: tuple[Move, ...] = (_gesture, _turn_about, _bend, _gesture, _squat, _lunge)
