"""One process at a time writes a run folder. No torch here.

The system takes a lock back when its process ends, however it ends, so a lock is never stale for long: at most until the
processes that read its data have noticed. A note says who holds it; one that a free lock leaves says that somebody was killed.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from vidpred.errors import VidpredError
from vidpred.io.atomic import replace_file

LOCK, NOTE = ".lock", "running.json"
_SECONDS = 15.0  # until torch's loader workers notice that their parent is gone


class Holder(NamedTuple):
    """Who holds a run folder, or held it when he was killed."""

    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since}"

    @property
    def is_gone(self) -> bool:
        """Whether it is known to have ended; of other machines that is not known."""
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
def held(run: Path) -> Iterator[Holder | None]:
    """Hold a run folder. Gives who was killed while he held it before, if anybody. Raises VidpredError where another process
    holds it now."""
    before, lock = holder(run), FileLock(run / LOCK)
    try:
        lock.acquire(timeout=_SECONDS if before and before.is_gone else 0)
    except Timeout as error:
        raise VidpredError(
            f"{run}: {before or 'another process'} is writing this run; wait for it, or stop it first"
        ) from error
    try:
        with suppress(OSError):  # the note is for people
            _leave_note(run)
        yield before
    finally:
        with suppress(OSError):
            (run / NOTE).unlink()
        lock.release()


def is_held(run: Path) -> bool:
    """Whether a process that lives writes this run."""
    if not (run / LOCK).exists():
        return False
    try:
        with FileLock(run / LOCK, timeout=0):
            return False
    except Timeout:
        who = holder(run)
        return not (who and who.is_gone)
    except OSError:
        return False


def holder(run: Path) -> Holder | None:
    """Who left the note that is there."""
    try:
        with (run / NOTE).open("rb") as file:
            note = json.loads(file.read(1000))
        return Holder(int(note["pid"]), str(note["host"]), str(note["since"]))
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def _leave_note(run: Path) -> None:
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    replace_file(run / NOTE, json.dumps(Holder(os.getpid(), socket.gethostname(), now)._asdict()).encode() + b"\n")
