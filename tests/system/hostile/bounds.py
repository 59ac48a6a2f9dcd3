"""Bounds of memory and time for hostile input: waiting for a pipe, or reading a device to its end, fails the test."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = 2**30  # bytes of address space beyond those that the process has
SECONDS = 30  # generous, for a busy machine: without a bound, these cases would take hours


class TooLong(BaseException):
    """Not an Exception, so that no `except` of the code under test catches it."""


@contextmanager
def bounded(memory: int = MEMORY, seconds: int = SECONDS) -> Iterator[None]:
    """Limit the code inside: allocating more raises MemoryError, taking longer raises TooLong."""

    def stop(*_: object) -> None:
        raise TooLong(f"not done after {seconds} s")

    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGALRM, stop)
    resource.setrlimit(resource.RLIMIT_AS, (used + memory, hard))
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGALRM, before)
