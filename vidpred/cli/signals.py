"""Ctrl-C and SIGTERM: the first stops a run after its current step and saves it, the second stops it at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_MESSAGE = (
    b"\nwarning: stopping after this step, then saving. "
    b"Press Ctrl-C again to stop at once; what was saved before is kept\n"
)


class ReceivedSignal:
    """The signal that arrived, if one did."""

    number: int | None = None

    @property
    def exit_code(self) -> int:
        """The exit code that shells give: 130 for SIGINT, 143 for SIGTERM."""
        return 128 + (self.number or signal.SIGINT)


@contextmanager
def stop_on_signal(stop: Event) -> Iterator[ReceivedSignal]:
    """Within this context, set `stop` on the first SIGINT or SIGTERM; the next has its previous effect."""
    received = ReceivedSignal()
    if current_thread() is not main_thread():  # Python delivers signals to the main thread only
        yield received
        return

    def handle(number: int, _: FrameType | None) -> None:
        received.number = number
        for signal_number in _SIGNALS:
            signal.signal(signal_number, previous[signal_number])
        stop.set()
        os.write(2, _MESSAGE)  # not print: the signal may have interrupted a print

    previous = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
