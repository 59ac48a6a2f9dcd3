"""Bounds for what is tried: whoever waits for a pipe, or reads a device to its end, fails instead of taking the machine down."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = 2**30  # bytes of address space beyond what the process has already
SECONDS = 30  # a busy machine is slow; without a bound, these would take hours


class TooLong(BaseException):
    """No `except` of ours catches this."""


@contextmanager
def bounded(memory: int = MEMORY, seconds: int = SECONDS) -> Iterator[None]:
    """Inside, allocating more raises MemoryError, and taking longer raises TooLong."""

    def stop(*_: object) -> None:
        raise TooLong(f"not done after {seconds} s")

    had = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGALRM, stop)
    resource.setrlimit(resource.RLIMIT_AS, (had + memory, hard))
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGALRM, before)
