"""Ctrl-C and SIGTERM: the first asks the run to stop after its step, the second stops it at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SAID = b"\nwarning: stopping after this step; the state is saved then. Again, to stop at once: what was saved before stays\n"


class Received:
    """The signal that came, if one did."""

    number: int | None = None

    @property
    def exit_code(self) -> int:
        """As shells have it: 130 for SIGINT, 143 for SIGTERM."""
        return 128 + (self.number or signal.SIGINT)


@contextmanager
def stopping(stop: Event) -> Iterator[Received]:
    """Within this, the first signal sets `stop`, and gives the next its own effect back."""
    received = Received()
    if current_thread() is not main_thread():  # Python tells no other thread
        yield received
        return

    def first(number: int, _: FrameType | None) -> None:
        received.number = number
        for one in _SIGNALS:
            signal.signal(one, before[one])
        stop.set()
        os.write(2, _SAID)  # printing might be what was interrupted

    before = {number: signal.signal(number, first) for number in _SIGNALS}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
