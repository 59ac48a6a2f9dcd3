"""Faults during a run: damaged data, dead loader workers, out of memory, losses that are not finite."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import get_worker_info

import vidpred
from tests.conftest import write_robot_data
from tests.tiny_runs import (
    assert_runs_equal,
    comparable_records,
    epoch_end,
    new_tiny_run,
    recipe_fields,
    resume_tiny_run,
    run_to_end,
    stop_after,
    train_step,
)
from vidpred.builtin.datasets.bair.folders import FolderSplit
from vidpred.engine.runner import RolloutRunner
from vidpred.errors import DataError, VidpredError
from vidpred.training.events import EpochEnd, RunWarning
from vidpred.training.trainer import Trainer


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """12 training and 3 validation clips, which a test may damage."""
    return write_robot_data(tmp_path / "data", train=12, validate=3, frames=7)


def all_windows(root: Path, **changes: Any) -> dict[str, Any]:
    """Return a recipe of 4 epochs of all 12 windows, in batches of 3."""
    return recipe_fields(
        "robot", root, train={"steps_per_epoch": None, "batch_size": 3, **changes.pop("train", {})}, **changes
    )


def damage_clip(root: Path, split: str = "train", clip: int = 4) -> Path:
    frame = root / split / "traj_0_to_255" / str(clip) / "3.png"
    frame.write_bytes(frame.read_bytes()[:100])
    return frame


@pytest.mark.parametrize("workers", [0, 2])
def test_a_damaged_file_stops_the_run_and_no_step_is_lost(workers: int, root: Path, tmp_path: Path) -> None:
    recipe = all_windows(root, train={"workers": workers})
    expected = run_to_end(new_tiny_run(recipe, tmp_path / "expected"))
    run = new_tiny_run(recipe, tmp_path / "out")
    events = run.events()
    next(event for event in events if isinstance(event, EpochEnd))
    content = (frame := root / "train" / "traj_0_to_255" / "4" / "3.png").read_bytes()
    damage_clip(root)
    with pytest.raises(DataError, match=r"4/3\.png: cannot be read as an image"):
        list(events)
    frame.write_bytes(content)
    assert_runs_equal(run_to_end(resume_tiny_run(run.folder)), expected)


def test_skip_continues_without_a_damaged_clip_and_warns(root: Path, tmp_path: Path) -> None:
    frames = [damage_clip(root), damage_clip(root, "validate", 1)]
    run = new_tiny_run(all_windows(root, data={"on_error": "skip"}), tmp_path / "out")
    warnings = [event.message for event in run.events() if isinstance(event, RunWarning)]
    assert len(warnings) == 8
    assert all(str(frames[index % 2]) in message for index, message in enumerate(warnings))
    for record in comparable_records(run.folder):
        assert [message.split(":")[0] for message in record["unread"]] == list(map(str, frames))
        assert record["validate"]["psnr"] > 0 and record["skipped"] == 0


def test_another_window_replaces_an_unread_one_in_training_but_not_in_validation(root: Path, tmp_path: Path) -> None:
    damage_clip(root), damage_clip(root, "validate", 1)
    run = new_tiny_run(all_windows(root, data={"on_error": "skip"}, train={"epochs": 1}), tmp_path / "out")
    sizes = [len(event.window_indices) for event in run.events() if hasattr(event, "window_indices")]
    assert sizes == [3, 3, 3, 3]
    without = write_robot_data(tmp_path / "without", train=12, validate=3, frames=7)
    shutil.rmtree(without / "validate" / "traj_0_to_255" / "1")
    trained = vidpred.load(run.folder, device="cpu", overrides=[f"data.root={without}"])
    scores = run.validation.measure(run.model, run.runner, lambda _: None)
    expected = trained.validate("validate")
    assert scores is not None
    assert len(scores.predicted["psnr"]) == 2 == len(expected.predicted["psnr"])


def test_skipping_gives_the_same_run_after_a_stop(root: Path, tmp_path: Path) -> None:
    damage_clip(root)
    recipe = all_windows(root, data={"on_error": "skip"})
    expected = run_to_end(new_tiny_run(recipe, tmp_path / "expected"))
    for after in (train_step(1), train_step(3), epoch_end(1), train_step(10)):
        folder = stop_after(new_tiny_run(recipe, tmp_path / f"out{id(after)}"), after)
        assert_runs_equal(run_to_end(resume_tiny_run(folder)), expected)


@pytest.mark.parametrize(
    ("split", "clips", "message"),
    [
        ("train", 12, "not one window of a batch could be read; the first: .*png"),
        ("validate", 3, "not one validation clip could be read"),
        ("train", 5, "more than 4 things could not be read in this epoch, which is too much to skip"),
    ],
)
def test_too_many_unread_clips_stop_the_run(split: str, clips: int, message: str, root: Path, tmp_path: Path) -> None:
    for clip in range(clips):
        damage_clip(root, split, clip)
    with pytest.raises(DataError, match=message):
        list(new_tiny_run(all_windows(root, data={"on_error": "skip"}), tmp_path / "out").events())


def test_a_loader_worker_that_dies(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = all_windows(root)
    expected = run_to_end(new_tiny_run(recipe, tmp_path / "expected"))
    read = FolderSplit.read

    def dying(self: FolderSplit, index: int, *window: int) -> Any:
        if get_worker_info() and index == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return read(self, index, *window)

    monkeypatch.setattr(FolderSplit, "read", dying)
    run = new_tiny_run({**recipe, "train": {**recipe["train"], "workers": 2}}, tmp_path / "out")
    with pytest.raises(
        VidpredError, match=r"a process that reads data died \(.*\): most often memory.* lower train.workers"
    ):
        list(run.events())
    if run.folder.exists():  # otherwise the worker died before the first step
        assert_runs_equal(run_to_end(resume_tiny_run(run.folder, "train.workers=0")), expected)


def test_out_of_memory(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new_tiny_run(all_windows(root), tmp_path / "out")
    events = run.events()
    next(event for event in events if isinstance(event, EpochEnd))

    def out_of_memory(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(RolloutRunner, "train", property(lambda self: out_of_memory))
    with pytest.raises(VidpredError) as raised:
        list(events)
    message = str(raised.value)
    assert message.startswith(
        "batches of 3 windows of 6 frames, CPU, fp32, channels-last: needs more memory than is available; "
        "lower train.batch_size"
    )
    assert len(comparable_records(run.folder)) == 1
    monkeypatch.undo()
    run_to_end(resume_tiny_run(run.folder))


def test_a_loss_that_stays_not_finite_stops_the_run(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_tiny_run(all_windows(root, train={"max_skipped": 3}), tmp_path / "out")
    events = run.events()
    next(event for event in events if isinstance(event, EpochEnd))
    monkeypatch.setattr(Trainer, "_update", lambda self: False)
    with pytest.raises(VidpredError) as raised:
        list(events)
    message = str(raised.value)
    assert message.startswith(
        "epoch 1, step 6: the loss or its gradient was not finite for 3 steps in a row (train.max_skipped)"
    )
    assert f"the last good checkpoint is {run.folder}/checkpoints/epoch_0000" in message
    assert message.count(f"{root}/train/traj_0_to_255/") == 3
    monkeypatch.undo()
    run_to_end(resume_tiny_run(run.folder))


def test_skipped_steps_in_a_row_are_counted_across_epochs(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trainer, "_update", lambda self: False)
    with pytest.raises(
        VidpredError, match="epoch 2, step 9: the loss or its gradient was not finite for 10 steps in a row"
    ):
        list(new_tiny_run(all_windows(root, train={"max_skipped": 10}), tmp_path / "out").events())


def test_resuming_with_another_number_of_clips_is_refused(root: Path, tmp_path: Path) -> None:
    folder = stop_after(new_tiny_run(all_windows(root), tmp_path / "out"), train_step(5))
    shutil.rmtree(root / "train" / "traj_0_to_255" / "11")
    with pytest.raises(
        VidpredError, match=r"was trained on .*12.* clips, but the data have .*11.* now; use the same data"
    ):
        resume_tiny_run(folder)


def test_skipped_steps_in_a_row_are_counted_across_a_stop(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trainer, "_update", lambda self: False)
    folder = stop_after(new_tiny_run(all_windows(root, train={"max_skipped": 3}), tmp_path / "out"), train_step(1))
    with pytest.raises(
        VidpredError, match="epoch 0, step 2: the loss or its gradient was not finite for 3 steps in a row"
    ):
        list(resume_tiny_run(folder).events())
