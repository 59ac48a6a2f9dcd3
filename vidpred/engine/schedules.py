"""Beta and the teacher-forcing ratio: at one step of a run, and over a run before it starts. No torch here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vidpred.contracts.schedules import Annealer, Forcing, Progress
from vidpred.errors import VidpredError


@dataclass(frozen=True)
class ScheduleValues:
    """Beta and the forcing ratio of each epoch: means over its steps, as a run records them.

    `reads_history`: a policy read the history, which was empty; in the run it may decide differently.
    """

    beta: Sequence[float]
    ratio: Sequence[float]
    reads_history: bool


def beta_and_ratio(annealer: Annealer, forcing: Forcing, beta_max: float, at: Progress) -> tuple[float, float]:
    """Return beta and the forcing ratio at this step of a run. Raises VidpredError if a schedule leaves [0, 1]."""
    weight, ratio = annealer.weight(at), forcing.ratio(at)
    _check_range(f"annealer {annealer.name}", "weight", weight, at)
    _check_range(f"forcing {forcing.name}", "ratio", ratio, at)
    return beta_max * weight, ratio


def _check_range(component: str, quantity: str, value: object, at: Progress) -> None:
    if not (isinstance(value, int | float) and 0 <= value <= 1):
        raise VidpredError(
            f"{component} gives a {quantity} of {value} in epoch {at.epoch}, step {at.step}; "
            "it must be a number in [0, 1]"
        )


def schedule_values(
    annealer: Annealer, forcing: Forcing, *, beta_max: float, epochs: int, steps_per_epoch: int
) -> ScheduleValues:
    """Return the schedules over a complete run, as they are with an empty history."""
    history = _EmptyHistory()

    def epoch_means(epoch: int) -> Iterator[float]:
        first = epoch * steps_per_epoch
        steps = [
            beta_and_ratio(annealer, forcing, beta_max, Progress(epoch, epochs, step, steps_per_epoch, history))
            for step in range(first, first + steps_per_epoch)
        ]
        return (math.fsum(values) / steps_per_epoch for values in zip(*steps, strict=True))

    beta, ratio = zip(*map(epoch_means, range(epochs)), strict=True)
    return ScheduleValues(beta, ratio, history.was_read)


class _EmptyHistory(Sequence[Mapping[str, Any]]):
    """An empty history that knows whether it was read."""

    was_read = False

    def __len__(self) -> int:
        self.was_read = True
        return 0

    def __getitem__(self, index: Any) -> Any:
        self.was_read = True
        return ()[index]
