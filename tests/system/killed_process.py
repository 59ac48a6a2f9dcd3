"""A training process that is killed without warning (SIGKILL): at a moment that it does not choose, or in the middle of a save."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import torch

from vidpred.training.run import Run

# What a save asks of the disk. The process dies right before, or right after, one of these.
_CALLS = [(os, "fsync"), (Path, "rename"), (Path, "replace"), (Path, "mkdir"), (Path, "unlink"), (Path, "symlink_to")]


def after_calls(make: Callable[[], Run | None], calls: int) -> bool:
    """Train until so many calls to the disk were made, then die. Gives whether the run was finished before."""
    return _in_another_process(make, lambda: _dying_at_a_call(calls))


def after_seconds(make: Callable[[], Run | None], seconds: float) -> bool:
    """Train for so long, then die."""
    return _in_another_process(make, lambda: _dying_after(seconds))


def _in_another_process(make: Callable[[], Run | None], doom: Callable[[], Any]) -> bool:
    process = multiprocessing.get_context("fork").Process(target=_train, args=(make, doom))
    process.start()
    process.join(120)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode == 0


def _train(make: Callable[[], Run | None], doom: Callable[[], Any]) -> None:
    torch.set_num_threads(1)
    run = make()
    if run is None:  # it had finished when it was killed
        return
    with doom():
        for _ in run.events():
            pass


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def _dying_after(seconds: float) -> Iterator[None]:
    clock = threading.Timer(seconds, die)
    clock.daemon = True
    clock.start()
    yield
    clock.cancel()


@contextmanager
def _dying_at_a_call(number: int) -> Iterator[None]:
    """Every call counts twice: before it, and after it."""
    left = [number]

    def count() -> None:
        left[0] -= 1
        if left[0] < 0:
            die()

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **settings: Any) -> Any:
            count()
            result = function(*arguments, **settings)
            count()
            return result

        return call

    patches = [mock.patch.object(owner, name, counted(getattr(owner, name))) for owner, name in _CALLS]
    for patch in patches:
        patch.start()
    yield
    for patch in patches:
        patch.stop()


def calls_of(make: Callable[[], Run | None]) -> int:
    """How many such moments a whole run has."""
    seen = [0]

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **settings: Any) -> Any:
            seen[0] += 2
            return function(*arguments, **settings)

        return call

    patches = [mock.patch.object(owner, name, counted(getattr(owner, name))) for owner, name in _CALLS]
    for patch in patches:
        patch.start()
    try:
        run = make()
        for _ in run.events() if run else ():
            pass
    finally:
        for patch in patches:
            patch.stop()
    return seen[0]
