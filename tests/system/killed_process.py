"""A training process that is killed without warning (SIGKILL): at any time, or at a chosen moment of a save."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import torch

from vidpred.training.run import Run

# The system calls of a save. The process is killed right before, or right after, one of these.
_CALLS = [(os, "fsync"), (Path, "rename"), (Path, "replace"), (Path, "mkdir"), (Path, "unlink"), (Path, "symlink_to")]


def train_and_kill_at_call(make: Callable[[], Run | None], number: int) -> bool:
    """Train until this moment (see `count_moments`), then kill the process. Return whether the run finished before."""
    return _train_in_process(make, lambda: _kill_at_moment(number))


def train_and_kill_after(make: Callable[[], Run | None], seconds: float) -> bool:
    """Train for so long, then kill the process. Return whether the run finished before."""
    return _train_in_process(make, lambda: _kill_after(seconds))


def count_moments(make: Callable[[], Run | None]) -> int:
    """Return the number of moments in a complete run at which it can be killed: two for each system call."""
    count = 0

    def increment() -> None:
        nonlocal count
        count += 1

    with _around_calls(increment):
        run = make()
        for _ in run.events() if run else ():
            pass
    return count


def _train_in_process(make: Callable[[], Run | None], kill: Callable[[], Any]) -> bool:
    process = multiprocessing.get_context("fork").Process(target=_train, args=(make, kill))
    process.start()
    process.join(120)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode == 0


def _train(make: Callable[[], Run | None], kill: Callable[[], Any]) -> None:
    torch.set_num_threads(1)
    run = make()
    if run is None:  # it was finished when its process was killed
        return
    with kill():
        for _ in run.events():
            pass


def _kill_this_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def _kill_after(seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, _kill_this_process)
    timer.daemon = True
    timer.start()
    yield
    timer.cancel()


@contextmanager
def _kill_at_moment(number: int) -> Iterator[None]:
    left = number

    def count_down() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            _kill_this_process()

    with _around_calls(count_down):
        yield


@contextmanager
def _around_calls(notify: Callable[[], None]) -> Iterator[None]:
    """Call `notify` before and after each of the system calls."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **settings: Any) -> Any:
            notify()
            result = function(*arguments, **settings)
            notify()
            return result

        return call

    with ExitStack() as patches:
        for owner, name in _CALLS:
            patches.enter_context(mock.patch.object(owner, name, wrap(getattr(owner, name))))
        yield
