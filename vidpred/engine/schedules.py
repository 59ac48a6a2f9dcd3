"""Beta and the forcing ratio: at one place of a run, and over a whole run before it starts. No torch here."""

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

    `reads_history`: a policy asked for records, of which there were none; in the run it may decide otherwise.
    """

    beta: Sequence[float]
    ratio: Sequence[float]
    reads_history: bool


def beta_and_ratio(annealer: Annealer, forcing: Forcing, beta_max: float, at: Progress) -> tuple[float, float]:
    """Beta and the forcing ratio at this place of the run. Raises VidpredError where a schedule leaves [0, 1]."""
    weight, ratio = annealer.weight(at), forcing.ratio(at)
    for name, what, value in (
        (f"annealer {annealer.name}", "weight", weight),
        (f"forcing {forcing.name}", "ratio", ratio),
    ):
        if not (isinstance(value, int | float) and 0 <= value <= 1):
            raise VidpredError(
                f"{name} gives a {what} of {value} in epoch {at.epoch}, step {at.step}; it must be a number in [0, 1]"
            )
    return beta_max * weight, ratio


def scheduled(
    annealer: Annealer, forcing: Forcing, *, beta_max: float, epochs: int, steps_per_epoch: int
) -> ScheduleValues:
    """The schedules of a whole run, as they are while nothing is recorded."""
    nothing = _Nothing()

    def epoch_means(epoch: int) -> Iterator[float]:
        first = epoch * steps_per_epoch
        steps = [
            beta_and_ratio(annealer, forcing, beta_max, Progress(epoch, epochs, step, steps_per_epoch, nothing))
            for step in range(first, first + steps_per_epoch)
        ]
        return (math.fsum(values) / steps_per_epoch for values in zip(*steps, strict=True))

    beta, ratio = zip(*map(epoch_means, range(epochs)), strict=True)
    return ScheduleValues(beta, ratio, nothing.read)


class _Nothing(Sequence[Mapping[str, Any]]):
    """An empty history that knows whether it was looked at."""

    read = False

    def __len__(self) -> int:
        self.read = True
        return 0

    def __getitem__(self, index: Any) -> Any:
        self.read = True
        return ()[index]
