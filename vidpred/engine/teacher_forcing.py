"""The teacher-forcing mask: which steps are fed with the true frame. No torch here."""

from __future__ import annotations

from collections.abc import Callable

from vidpred.contracts.schedules import Granularity, Progress


def teacher_forcing_mask(
    ratio: float, granularity: Granularity, draw: Callable[..., float], length: int, past: int, at: Progress
) -> frozenset[int]:
    """Sample the steps t that are fed with the truth although frame t-1 is not given: the `forced` of a plan.

    `draw(*key)` returns a number in [0, 1) that depends on the key only. One draw serves the complete batch: `epoch`
    draws once for all batches of an epoch, `batch` once for each optimizer step, `frame` once for each frame.
    """
    candidates = range(past + 1, length)
    if granularity == "frame":
        return frozenset(t for t in candidates if draw(at.epoch, at.step, t) < ratio)
    key = (at.epoch,) if granularity == "epoch" else (at.epoch, at.step)
    return frozenset(candidates) if draw(*key) < ratio else frozenset()
