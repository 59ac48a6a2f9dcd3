"""Lock a run folder: one process at a time writes it. No torch here.

The operating system releases a lock when its process ends, however it ends, so a lock is stale for seconds at most:
until the processes that load its data have noticed. Beside the lock, running.json says who holds it; if it exists
while the lock is free, its process was killed.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import NamedTuple

from filelock import FileLock, Timeout

from vidpred.errors import DataError, VidpredError
from vidpred.io.atomic import replace_file
from vidpred.io.json_file import read_json_object
from vidpred.runs.layout import RunFolder

_ORPHANS_END_SECONDS = 15.0  # until the data loading workers of a killed process notice that it has ended
_MAX_HOLDER_BYTES = 1000


class LockHolder(NamedTuple):
    """The process that holds a run folder, or held it when it was killed."""

    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since}"

    @property
    def has_ended(self) -> bool:
        """Whether the process is known to have ended; always False for processes of other machines."""
        if self.host != socket.gethostname():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            pass
        return False


@contextmanager
def hold_lock(run: RunFolder) -> Iterator[LockHolder | None]:
    """Hold the lock of a run folder; yield the previous holder if it was killed, else None.

    Raises VidpredError if another process holds the lock.
    """
    previous, lock = lock_holder(run), FileLock(run.lock)
    try:
        lock.acquire(timeout=_ORPHANS_END_SECONDS if previous and previous.has_ended else 0)
    except Timeout as error:
        holder = previous or "another process"
        raise VidpredError(f"{run.path}: {holder} is writing this run; wait for it, or stop it first") from error
    try:
        with suppress(OSError):  # it informs people; the lock works without it
            _write_holder(run)
        yield previous
    finally:
        with suppress(OSError):
            run.lock_holder.unlink()
        lock.release()


def is_locked(run: RunFolder) -> bool:
    """Return whether a live process is writing this run."""
    if not run.lock.exists():
        return False
    try:
        with FileLock(run.lock, timeout=0):
            return False
    except Timeout:
        holder = lock_holder(run)
        return not (holder and holder.has_ended)
    except OSError:
        return False


def lock_holder(run: RunFolder) -> LockHolder | None:
    """Read who holds the lock, or was killed while holding it; None if nobody or not readable."""
    try:
        note = read_json_object(run.lock_holder, _MAX_HOLDER_BYTES)
        return LockHolder(int(note["pid"]), str(note["host"]), str(note["since"]))
    except (DataError, ValueError, TypeError, KeyError, OverflowError):
        return None


def _write_holder(run: RunFolder) -> None:
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    holder = LockHolder(os.getpid(), socket.gethostname(), now)
    replace_file(run.lock_holder, json.dumps(holder._asdict()).encode() + b"\n")
