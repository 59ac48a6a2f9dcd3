"""The coins of teacher forcing: which frames of a batch are fed with the truth. No torch here."""

from __future__ import annotations

from collections.abc import Callable

from vidpred.contracts.schedules import Granularity


def teacher_forcing_mask(
    ratio: float, granularity: Granularity, toss: Callable[..., float], length: int, past: int, epoch: int, step: int
) -> frozenset[int]:
    """The t whose step is fed with the truth although frame t-1 is not given: a plan's `forced`.

    `toss(*key)` gives a number in [0, 1) that hangs on the key alone. One coin serves the whole batch: `epoch` tosses
    one for all batches of an epoch, `batch` one for each optimizer step, `frame` one for each frame.
    """
    choice = range(past + 1, length)
    if granularity == "frame":
        return frozenset(t for t in choice if toss(epoch, step, t) < ratio)
    key = (epoch,) if granularity == "epoch" else (epoch, step)
    return frozenset(choice) if toss(*key) < ratio else frozenset()
