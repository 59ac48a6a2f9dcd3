"""Reads all parts of a data set once, in several processes. Of what was read, only digests are kept."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from hashlib import blake2b
from multiprocessing import get_context, parent_process
from threading import Thread
from traceback import extract_tb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from vidpred.contracts.data import SPLITS, CheckUnit, Dataset, SplitName, Window
from vidpred.errors import DataError, VidpredError

Digests = NDArray[np.uint64]
_NONE: Digests = np.zeros(0, np.uint64)
_AT_ONCE = 8  # parts that a process is handed at a time
_parts: Sequence[CheckUnit] = ()  # in a process that reads: what it was started with


class Plan(NamedTuple):
    """What there is to read; and why a split cannot be opened, if so."""

    parts: list[tuple[SplitName, CheckUnit]]
    closed: dict[SplitName, str]


class Reading(NamedTuple):
    """What reading a part gave: a digest of each frame and of each condition, and a line for each problem."""

    frames: Digests
    conditions: Digests
    problems: tuple[str, ...]


def planned(dataset: Dataset) -> Plan:
    """All parts of all splits. Raises DataError where no split can be opened, all for one reason."""
    parts: list[tuple[SplitName, CheckUnit]] = []
    closed: dict[SplitName, str] = {}
    for split in SPLITS:
        try:
            own = dataset.parts(split)
        except (VidpredError, OSError) as error:
            closed[split] = _said(error)
        else:
            parts += [(split, part) for part in own]
            if not own:
                closed[split] = f"{split}: holds no clip"
    if len(closed) == len(SPLITS) and len(set(closed.values())) == 1:
        raise DataError(closed["train"])
    return Plan(parts, closed)


def processes(parts: int) -> int:
    """How many processes read so many parts: no more than this one may use cores, and 1 (this one) where there is little to
    read, or where forking cannot be relied on, as outside Linux."""
    if sys.platform != "linux":
        return 1
    return max(1, min(len(os.sched_getaffinity(0)), parts // _AT_ONCE))


@contextmanager
def reading(parts: Sequence[CheckUnit], workers: int) -> Iterator[Iterator[Reading]]:
    """Gives the readings of these parts, in order. Raises VidpredError where a process that reads dies.

    Processes are forked at once, before whoever asks has started a thread; so they know the plugins that are loaded here.
    """
    if workers == 1:
        yield map(read, parts)
        return
    with ProcessPoolExecutor(workers, get_context("fork"), _begin, (parts,)) as pool:
        try:
            yield _named(pool.map(_read_at, range(len(parts)), chunksize=_AT_ONCE), parts)
        finally:
            pool.shutdown(cancel_futures=True)


def _named(readings: Iterator[Reading], parts: Sequence[CheckUnit]) -> Iterator[Reading]:
    done = 0
    try:
        for found in readings:
            yield found
            done += 1
    except BrokenProcessPool as error:
        raise VidpredError(
            f"{parts[done].clip}: this, or a clip soon after it, killed the process that read it; is there enough memory? "
            "Clips can be moved away until it is found"
        ) from error


def _begin(parts: Sequence[CheckUnit]) -> None:
    global _parts
    _parts = parts
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes, and the first one stops the others
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _read_at(place: int) -> Reading:
    return read(_parts[place])


def read(part: CheckUnit) -> Reading:
    """Read one part. Whatever goes wrong is a problem of this part alone."""
    frames, conditions, problems = [_NONE], [_NONE], []
    try:
        for found in part.read():
            if isinstance(found, Window):
                frames.append(digests(found.frames))
                conditions.append(digests(found.conditions))
            else:
                problems.append(found)
    except (VidpredError, OSError) as error:
        problems.append(_said(error))
    except Exception as error:  # of a data set that is not ours: anything can come out of it
        last = extract_tb(error.__traceback__)[-1]
        why = " ".join(f"{type(error).__name__}: {error}".split())
        problems.append(f"{part.clip}: cannot be read: {why} ({os.path.basename(last.filename)}, line {last.lineno})")
    return Reading(np.concatenate(frames), np.concatenate(conditions), tuple(problems))


def digests(values: Tensor) -> Digests:
    """Of each value [T, ...] a number that tells it from others, of other sizes too."""
    shape = str(tuple(values.shape[1:])).encode()
    return np.frombuffer(
        b"".join(blake2b(shape + value.numpy().tobytes(), digest_size=8).digest() for value in values), np.uint64
    )


def _said(error: Exception) -> str:
    return f"{error.filename}: cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)
