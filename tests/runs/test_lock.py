"""One process at a time writes a run folder; a lock outlives nobody."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_runs import new_tiny_run, recipe_fields, resume_tiny_run, run_to_end, stop_after, train_step
from vidpred.errors import VidpredError
from vidpred.runs.layout import RunFolder
from vidpred.runs.lock import hold_lock, is_locked, lock_holder


def _hold(folder: Path, pipe: Any) -> None:
    with hold_lock(RunFolder(folder)):
        pipe.send("held")
        time.sleep(60)


@pytest.fixture
def somebody() -> Any:
    """somebody(folder): another process that holds it."""
    others = []

    def hold(folder: Path) -> multiprocessing.Process:
        context = multiprocessing.get_context("fork")
        here, there = context.Pipe()
        other = context.Process(target=_hold, args=(folder, there), daemon=True)
        other.start()
        assert here.recv() == "held"
        others.append(other)
        return other

    yield hold
    for other in others:
        other.kill()
        other.join()


def test_two_processes_cannot_write_one_run(tmp_path: Path, somebody: Callable[[Path], Any]) -> None:
    other = somebody(tmp_path)
    assert is_locked(RunFolder(tmp_path))
    with (
        pytest.raises(
            VidpredError, match=f"process {other.pid} on .* since .* is writing this run; wait for it, or stop it first"
        ),
        hold_lock(RunFolder(tmp_path)),
    ):
        pass
    assert lock_holder(RunFolder(tmp_path)) is not None, "a refused process leaves the note of the one that holds"


def test_a_killed_process_holds_nothing_but_is_remembered(tmp_path: Path, somebody: Callable[[Path], Any]) -> None:
    other = somebody(tmp_path)
    os.kill(other.pid, signal.SIGKILL)
    other.join()
    assert not is_locked(RunFolder(tmp_path))
    with hold_lock(RunFolder(tmp_path)) as before:
        assert before is not None and before.pid == other.pid and is_locked(RunFolder(tmp_path))
        assert json.loads((tmp_path / "running.json").read_text())["pid"] == os.getpid()
    assert not (tmp_path / "running.json").exists() and not is_locked(RunFolder(tmp_path))
    with hold_lock(RunFolder(tmp_path)) as before:
        assert before is None


@pytest.mark.parametrize(
    "note",
    ["", "{", "[]", '{"pid": "x"}', '{"pid": {}}', "\0" * 10, "[" * 9999, '{"pid": 1e400, "host": "h", "since": "s"}'],
)
def test_a_note_of_nobody(note: str, tmp_path: Path) -> None:
    (tmp_path / "running.json").write_text(note)
    with hold_lock(RunFolder(tmp_path)) as before:
        assert before is None


def test_a_run_that_goes_on_is_not_resumed_by_another(
    data_roots: dict[str, Path], tmp_path: Path, somebody: Callable[[Path], Any], vidpred: Callable[..., Any]
) -> None:
    folder = stop_after(new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path), train_step(4))
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.name not in ("running.json", ".lock")}
    other = somebody(folder)
    outcome = vidpred("run", "--resume", folder, "--device", "cpu")
    assert outcome.code == 2 and f"process {other.pid} on" in outcome.errors
    listed = vidpred("runs", tmp_path)
    assert listed.code == 0 and " running " in listed.output
    assert {path: path.stat().st_mtime_ns for path in before} == before
    other.kill()
    other.join()
    resumed = resume_tiny_run(folder)
    (note,) = next(iter(resumed.events())).notes
    assert note.startswith(f"process {other.pid} on {os.uname().nodename} since ") and note.endswith(" was killed")
    run_to_end(resume_tiny_run(folder))
