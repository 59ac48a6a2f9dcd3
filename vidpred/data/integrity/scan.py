"""Reads all check units of a data set once, in several processes. Of what was read, only digests are kept.

torch's DataLoader is not used: it took 1.9 to 4.7 s for 4,000 small units instead of 0.65 to 1.0 s, as it sends each by
itself, and reports a killed worker as a plain RuntimeError, sometimes raised in the caller's code.
"""

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
from pathlib import Path
from threading import Thread
from traceback import extract_tb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from vidpred.contracts.data import SPLITS, CheckUnit, Dataset, Problem, SplitName, Window
from vidpred.errors import DataError, VidpredError

Digests = NDArray[np.uint64]
_NO_DIGESTS: Digests = np.zeros(0, np.uint64)
_CHUNK = 8  # units that are sent to a process at a time
_units: Sequence[CheckUnit] = ()  # in a worker process: the units that it was started with


class ScanPlan(NamedTuple):
    """The units to read, and for each split that cannot be opened, the error."""

    units: list[tuple[SplitName, CheckUnit]]
    closed: dict[SplitName, Exception]


class ScannedUnit(NamedTuple):
    """What was read of a unit: a digest of each frame and of each condition, and all problems."""

    frames: Digests
    conditions: Digests
    problems: tuple[Problem, ...]


def plan_scan(dataset: Dataset) -> ScanPlan:
    """List the units of all splits. Raises DataError if no split can be opened, all for the same reason."""
    units: list[tuple[SplitName, CheckUnit]] = []
    closed: dict[SplitName, Exception] = {}
    for split in SPLITS:
        try:
            split_units = dataset.check_units(split)
        except (VidpredError, OSError) as error:
            closed[split] = error
        else:
            units += [(split, unit) for unit in split_units]
            if not split_units:
                closed[split] = DataError(f"{split}: holds no clip")
    problems = [Problem.from_error(error, dataset.config.root) for error in closed.values()]
    if len(closed) == len(SPLITS) and len(set(problems)) == 1:
        raise DataError(str(closed["train"]))
    return ScanPlan(units, closed)


def default_workers(units: int) -> int:
    """Return how many processes should read this many units: at most one for each core that this process may use, and
    1, this process itself, for a few units, and where forking is unsafe, as it is outside Linux."""
    if sys.platform != "linux":
        return 1
    return max(1, min(len(os.sched_getaffinity(0)), units // _CHUNK))


@contextmanager
def scan_units(units: Sequence[CheckUnit], workers: int) -> Iterator[Iterator[ScannedUnit]]:
    """Give an iterator over the results of these units, in order. It raises VidpredError if a worker process dies.

    Workers are forked at once, before the caller can start a thread, and inherit the plugins that are loaded.
    """
    if workers == 1:
        yield map(scan_unit, units)
        return
    with ProcessPoolExecutor(workers, get_context("fork"), _start_worker, (units,)) as pool:
        try:
            yield _explain_death(pool.map(_scan_index, range(len(units)), chunksize=_CHUNK), units)
        finally:
            pool.shutdown(cancel_futures=True)


def _explain_death(results: Iterator[ScannedUnit], units: Sequence[CheckUnit]) -> Iterator[ScannedUnit]:
    """Pass results on; if a worker dies, raise VidpredError with the first clip that it may have died of."""
    done = 0
    try:
        for result in results:
            yield result
            done += 1
    except BrokenProcessPool as error:
        raise VidpredError(
            f"{units[done].clip}: this, or a clip soon after it, killed the process that read it; "
            "is there enough memory? To find the clip, move clips out of the data set and check again"
        ) from error


def _start_worker(units: Sequence[CheckUnit]) -> None:
    global _units
    _units = units
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent stops the workers
    Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    """End this worker when its parent dies: it would wait for work forever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _scan_index(index: int) -> ScannedUnit:
    return scan_unit(_units[index])


def scan_unit(unit: CheckUnit) -> ScannedUnit:
    """Read one unit. Any error is a problem of this unit only."""
    frames, conditions, problems = [_NO_DIGESTS], [_NO_DIGESTS], []
    try:
        for result in unit.read():
            if isinstance(result, Window):
                frames.append(digests(result.frames))
                conditions.append(digests(result.conditions))
            else:
                problems.append(result)
    except Exception as error:  # a plugin's data set can raise anything
        problems.append(_problem(error, unit))
    return ScannedUnit(np.concatenate(frames), np.concatenate(conditions), tuple(problems))


def _problem(error: Exception, unit: CheckUnit) -> Problem:
    path = unit.path or Path()
    if isinstance(error, VidpredError | OSError):
        return Problem.from_error(error, path)
    last = extract_tb(error.__traceback__)[-1]
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    where = f"{os.path.basename(last.filename)}, line {last.lineno}"
    item = f"{unit.item}: " if unit.item else ""
    return Problem(path, f"{item}cannot be read: {reason} ({where})")


def digests(values: Tensor) -> Digests:
    """Return a 64-bit digest of each value of a tensor [T, ...]; values of different shapes have different digests."""
    shape = str(tuple(values.shape[1:])).encode()
    return np.frombuffer(
        b"".join(blake2b(shape + value.numpy().tobytes(), digest_size=8).digest() for value in values), np.uint64
    )
