"""Writes that the disk refuses: the run continues if it can, and what was saved before stays intact."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_runs import (
    assert_runs_equal,
    comparable_records,
    new_tiny_run,
    recipe_fields,
    resume_tiny_run,
    run_to_end,
)
from vidpred.errors import VidpredError
from vidpred.io.atomic import link_target
from vidpred.runs.checkpoints import save_checkpoint
from vidpred.runs.history import append_history
from vidpred.runs.layout import RunFolder
from vidpred.runs.manifest import find_damage
from vidpred.runs.position import Position
from vidpred.runs.retention import Retention, delete_unneeded, update_links
from vidpred.training.events import EpochEnd, Interrupted, RunWarning

RECORD = {"epoch": 0, "train": {}, "validate": {"psnr": 20.0, "loss": 0.1}}


@contextmanager
def limited_file_size(size: int) -> Iterator[None]:
    """The operating system lets no file grow beyond this size."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def save(folder: Path, position: Position, files: dict[str, bytes], history: Any) -> Path:
    """Save a checkpoint as a run does that retains its best and its last one."""
    retention = Retention(every=None, keep=1, best={"psnr": True})
    checkpoint = save_checkpoint(folder, position, files, "0")
    update_links(folder, checkpoint, history, retention)
    delete_unneeded(folder, len(history), retention)
    return checkpoint


def test_a_save_that_fails_at_any_byte_leaves_the_last_checkpoint_intact(tmp_path: Path) -> None:
    folder = tmp_path
    history = [RECORD, {"epoch": 1, "validate": {"psnr": 21.0, "loss": 0.1}}]
    first = save(folder, Position(1), {"weights.safetensors": b"w" * 90, "state.pt": b"s" * 120}, history[:1])
    refused = 0
    for size in range(2000):
        try:
            with limited_file_size(size):
                save(folder, Position(2), {"weights.safetensors": b"W" * 90, "state.pt": b"S" * 120}, history)
        except OSError as error:
            assert error.errno == errno.EFBIG
            refused += 1
        else:
            break
        assert find_damage(first) is None and link_target(folder / "last") == first == link_target(folder / "best_psnr")
        assert sorted(path.name for path in folder.iterdir()) == ["best_psnr", "epoch_0000", "last"]
    assert refused > 300  # each byte of the largest of the three files
    assert find_damage(folder / "epoch_0001") is None and link_target(folder / "last") == folder / "epoch_0001"


CALLS = [(os, "fsync"), (Path, "rename"), (Path, "replace"), (Path, "mkdir"), (Path, "symlink_to"), (Path, "open")]


@pytest.mark.parametrize(("owner", "name"), CALLS, ids=[name for _, name in CALLS])
def test_last_is_an_intact_checkpoint_whatever_call_fails(
    owner: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, folder = getattr(owner, name), tmp_path
    save(folder, Position(1), {"weights.safetensors": b"w"}, [RECORD])
    for number in range(30):
        left = [number]

        def failing(*arguments: Any, left: list[int] = left, **settings: Any) -> Any:
            left[0] -= 1
            if left[0] == -1:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*arguments, **settings)

        with monkeypatch.context() as patch:
            patch.setattr(owner, name, failing)
            with suppress(OSError):
                save(
                    folder,
                    Position(number + 2),
                    {"weights.safetensors": b"W"},
                    [{**RECORD, "epoch": epoch} for epoch in range(number + 2)],
                )
        last = link_target(folder / "last")
        assert last is not None and find_damage(last) is None, number
        if left[0] >= 0:
            break
    assert number > 0


@pytest.mark.parametrize("size", range(0, 240, 7))
def test_records_are_appended_completely_or_not_at_all(size: int, tmp_path: Path) -> None:
    append_history(tmp_path / "metrics.jsonl", [RECORD])
    content = (tmp_path / "metrics.jsonl").read_bytes()
    with limited_file_size(size):
        try:
            append_history(tmp_path / "metrics.jsonl", [{**RECORD, "epoch": 1}, {**RECORD, "epoch": 2}])
        except OSError:
            assert (tmp_path / "metrics.jsonl").read_bytes() == content
        else:
            assert len(RunFolder(tmp_path).read_history()) == 3


def events_with_limit(run: Any, size: int, epochs: range) -> list[Any]:
    """Return all events of a run; during these epochs, no file can grow beyond this size."""
    result = []
    events = run.events()
    while True:
        with limited_file_size(size if len(run.history) in epochs else resource.RLIM_INFINITY):
            event = next(events, None)
        if event is None:
            return result
        result.append(event)


def test_a_run_continues_and_saves_again_when_the_disk_has_room(
    data_roots: dict[str, Path], uninterrupted: Callable[..., Path], tmp_path: Path
) -> None:
    run = new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path)
    events = events_with_limit(run, 5000, range(1, 3))
    warnings = [event.message for event in events if isinstance(event, RunWarning)]
    assert warnings and all("could not be saved" in warning and "File too large" in warning for warning in warnings)
    assert [event.record["epoch"] for event in events if isinstance(event, EpochEnd)] == [0, 1, 2, 3]
    assert_runs_equal(run.folder, uninterrupted("robot"))


def test_stopping_after_an_epoch_that_could_not_be_saved_saves_it(
    data_roots: dict[str, Path], uninterrupted: Callable[..., Path], tmp_path: Path
) -> None:
    run = new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path)
    events = run.events()
    with limited_file_size(5000):
        next(event for event in events if isinstance(event, EpochEnd))
    run.stop.set()
    with pytest.raises(Interrupted) as raised:
        list(events)
    assert raised.value.save_error is None and raised.value.position == (1, 0)
    assert_runs_equal(run_to_end(resume_tiny_run(run.folder)), uninterrupted("robot"))


def test_a_run_whose_end_cannot_be_saved_reports_it_and_can_be_finished_later(
    data_roots: dict[str, Path], uninterrupted: Callable[..., Path], tmp_path: Path
) -> None:
    run = new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path)
    with pytest.raises(
        VidpredError,
        match=r"the end of the run could not be saved: .*File too large; make room, then train its last epochs again",
    ):
        events_with_limit(run, 5000, range(2, 9))
    assert len(comparable_records(run.folder)) >= 2
    assert_runs_equal(run_to_end(resume_tiny_run(run.folder)), uninterrupted("robot"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB; skips the test if none can be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2000k", "none", str(disk)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_file_system(small_disk: Path, data_roots: dict[str, Path], uninterrupted: Callable[..., Path]) -> None:
    run = new_tiny_run(recipe_fields("robot", data_roots["robot"]), small_disk)
    events = run.events()
    for event in events:
        if isinstance(event, EpochEnd):
            break
    with (small_disk / "other").open("wb") as other:
        free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
        other.write(bytes(max(0, free - 20_000)))
    with pytest.raises(VidpredError, match=r"the end of the run could not be saved: .*No space left on device"):
        list(events)
    assert find_damage(run.folder / "checkpoints" / "last") is None
    (small_disk / "other").unlink()
    run_to_end(resume_tiny_run(run.folder))
    assert comparable_records(run.folder) == comparable_records(uninterrupted("robot"))


def test_the_command_warns_and_fails_without_a_traceback(
    vidpred: Callable[..., Any], write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    with limited_file_size(5000):
        outcome = vidpred("run", write_recipe(), "--out", tmp_path / "out", "--device", "cpu")
    assert outcome.code == 2 and "Traceback" not in outcome.errors
    assert "warning: epoch 0 could not be saved: " in outcome.errors
    assert "File too large; the run continues, and tries again after the next" in outcome.errors


def test_a_folder_that_is_deleted_during_the_run(data_roots: dict[str, Path], tmp_path: Path) -> None:
    run = new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path)
    events = run.events()
    next(event for event in events if isinstance(event, EpochEnd))
    shutil.rmtree(run.folder)
    with pytest.raises(
        VidpredError, match="does not exist any more, so the run cannot continue; was it moved or deleted"
    ):
        list(events)
    assert not run.folder.exists()
