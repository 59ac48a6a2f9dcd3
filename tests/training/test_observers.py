"""Observers are notified in order; one that fails is dropped with a warning, and the others are still notified."""

from __future__ import annotations

from typing import Any

import vidpred as vp
from vidpred.contracts.observer import Observer
from vidpred.training.observers import notify_observers


class Recorder(vp.Observer):
    """Records the epochs that it is notified of; fails at one of them."""

    name = "recorder"

    def __init__(self, fails_at: int | None = None) -> None:
        super().__init__(self.Config())
        self.fails_at = fails_at
        self.epochs: list[int] = []

    def epoch_end(self, record: Any) -> None:
        if record["epoch"] == self.fails_at:
            raise OSError("no ink")
        self.epochs.append(record["epoch"])


def test_every_observer_is_notified() -> None:
    first, second = Recorder(), Recorder()
    observers: list[Observer] = [first, second]
    assert list(notify_observers(observers, "epoch_end", {"epoch": 0})) == []
    assert first.epochs == second.epochs == [0]


def test_an_observer_that_fails_is_dropped_with_a_warning() -> None:
    failing, other = Recorder(fails_at=1), Recorder()
    observers: list[Observer] = [failing, other]
    warnings = [message for epoch in range(3) for message in notify_observers(observers, "epoch_end", {"epoch": epoch})]
    assert warnings == ["observer recorder failed and is left out from now on: OSError: no ink"]
    assert observers == [other]
    assert (failing.epochs, other.epochs) == ([0], [0, 1, 2])
