"""Observers are told of a run, and a run survives them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from vidpred.contracts.observer import Observer

Event = Literal["run_start", "epoch_end", "run_end"]


def told(observers: list[Observer], event: Event, *values: Any) -> Iterator[str]:
    """Tell every observer; one that fails is left out from then on. Yields what to say of those that failed."""
    for observer in list(observers):
        try:
            getattr(observer, event)(*values)
        except Exception as error:
            observers.remove(observer)
            yield f"observer {observer.name} failed and is left out from here on: {type(error).__name__}: {error}"
