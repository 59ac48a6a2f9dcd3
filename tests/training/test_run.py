"""The events of a run, and what is left if it ends early."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vidpred.errors import VidpredError
from vidpred.evaluation.preview_types import Pictures
from vidpred.runs.layout import RunFolder
from vidpred.training.events import EpochEnd, Interrupted, RunWarning
from vidpred.training.run import Run
from vidpred.training.trainer import TrainStep


def test_the_end_of_an_epoch_follows_its_steps(new_run_of: Callable[..., Run]) -> None:
    run = new_run_of()
    assert [type(event) for event in run.events()] == [TrainStep, TrainStep, EpochEnd] * 2
    assert [record["epoch"] for record in run.history] == [0, 1]


def test_a_run_that_is_stopped_saves_its_position(new_run_of: Callable[..., Run]) -> None:
    run = new_run_of()
    events = run.events()
    next(events)
    run.stop.set()
    with pytest.raises(Interrupted) as stopped:
        list(events)
    assert (stopped.value.position, stopped.value.save_error) == ((0, 1), None)
    assert [path.name for path in run.folder.glob("checkpoints/epoch_*")] == ["epoch_0000_step_000001"]


def test_a_new_run_that_fails_before_its_first_step_leaves_no_folder(new_run_of: Callable[..., Run]) -> None:
    run = new_run_of()

    def fail(epoch: int) -> None:
        raise VidpredError("no windows")

    object.__setattr__(run.data, "batches", fail)
    with pytest.raises(VidpredError, match="no windows"):
        list(run.events())
    assert not run.folder.exists()


def test_a_failure_to_draw_only_warns(new_run_of: Callable[..., Run]) -> None:
    run = new_run_of(validate={"preview_every": 1})

    def fail(folder: Path, pictures: Pictures) -> Path:
        raise OSError(28, "No space left on device")

    object.__setattr__(run.validation, "draw", fail)
    events = list(run.events())
    warnings = [event.message for event in events if isinstance(event, RunWarning)]
    assert len(warnings) == 2 and "epoch 0" in warnings[0] and "No space left" in warnings[0]
    assert [event.preview for event in events if isinstance(event, EpochEnd)] == [None, None]
    assert len(RunFolder(run.folder).read_history()) == 2 and (run.folder / "checkpoints" / "last").exists()
