"""Notify observers of the events of a run; an observer that fails is dropped, and the run continues."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from vidpred.contracts.observer import Observer

ObserverMethod = Literal["run_start", "epoch_end", "run_end"]


def notify_observers(observers: list[Observer], method: ObserverMethod, *arguments: Any) -> Iterator[str]:
    """Call a method of every observer. One that raises is removed from the list; yield a warning about it."""
    for observer in list(observers):
        try:
            getattr(observer, method)(*arguments)
        except Exception as error:
            observers.remove(observer)
            yield f"observer {observer.name} failed and is left out from now on: {type(error).__name__}: {error}"
