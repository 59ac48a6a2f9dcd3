"""One process at a time writes a run folder; a lock never outlives its process."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_runs import new_tiny_run, recipe_fields, resume_tiny_run, run_to_end, stop_after, train_step
from vidpred.errors import VidpredError
from vidpred.runs.layout import RunFolder
from vidpred.runs.lock import hold_lock, is_locked, lock_holder

LockingProcess = Callable[[Path], multiprocessing.process.BaseProcess]


def _hold(folder: Path, pipe: Any) -> None:
    with hold_lock(RunFolder(folder)):
        pipe.send("locked")
        time.sleep(60)


@pytest.fixture
def locking_process() -> Iterator[LockingProcess]:
    """locking_process(folder): another process, which holds the lock of this folder."""
    processes = []

    def start(folder: Path) -> multiprocessing.process.BaseProcess:
        context = multiprocessing.get_context("fork")
        receiver, sender = context.Pipe()
        process = context.Process(target=_hold, args=(folder, sender), daemon=True)
        process.start()
        assert receiver.recv() == "locked"
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.join()


def test_two_processes_cannot_write_one_run(tmp_path: Path, locking_process: LockingProcess) -> None:
    run, process = RunFolder(tmp_path), locking_process(tmp_path)
    assert is_locked(run)
    message = f"process {process.pid} on .* since .* is writing this run; wait for it, or stop it first"
    with pytest.raises(VidpredError, match=message), hold_lock(run):
        pass
    assert lock_holder(run) is not None, "a refused process leaves the holder's note"


def test_the_lock_of_a_killed_process_is_free_and_its_holder_is_known(
    tmp_path: Path, locking_process: LockingProcess
) -> None:
    run, process = RunFolder(tmp_path), locking_process(tmp_path)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert not is_locked(run)
    with hold_lock(run) as previous:
        assert previous is not None and previous.pid == process.pid and is_locked(run)
        assert json.loads((tmp_path / "running.json").read_text())["pid"] == os.getpid()
    assert not (tmp_path / "running.json").exists() and not is_locked(run)
    with hold_lock(run) as previous:
        assert previous is None


@pytest.mark.parametrize(
    "note",
    ["", "{", "[]", '{"pid": "x"}', '{"pid": {}}', "\0" * 10, "[" * 9999, '{"pid": 1e400, "host": "h", "since": "s"}'],
)
def test_an_unreadable_note_is_ignored(note: str, tmp_path: Path) -> None:
    (tmp_path / "running.json").write_text(note)
    with hold_lock(RunFolder(tmp_path)) as previous:
        assert previous is None


def test_a_running_run_cannot_be_resumed_by_another_process(
    data_roots: dict[str, Path], tmp_path: Path, locking_process: LockingProcess, vidpred: Callable[..., Any]
) -> None:
    folder = stop_after(new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path), train_step(4))
    paths = [path for path in folder.rglob("*") if path.name not in ("running.json", ".lock")]
    modified = {path: path.stat().st_mtime_ns for path in paths}
    process = locking_process(folder)
    outcome = vidpred("run", "--resume", folder, "--device", "cpu")
    assert outcome.code == 2 and f"process {process.pid} on" in outcome.errors
    listed = vidpred("runs", tmp_path)
    assert listed.code == 0 and " running " in listed.output
    assert {path: path.stat().st_mtime_ns for path in paths} == modified
    process.kill()
    process.join()
    (note,) = next(iter(resume_tiny_run(folder).events())).notes  # type: ignore[union-attr]
    assert note.startswith(f"process {process.pid} on {os.uname().nodename} since ") and note.endswith(" was killed")
    run_to_end(resume_tiny_run(folder))
