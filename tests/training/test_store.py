"""A run is saved in its folder and restored from there; an empty folder is removed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace

import pytest

from vidpred.errors import VidpredError
from vidpred.runs.position import Position
from vidpred.training.restore import restore_checkpoint
from vidpred.training.run import Run

RECORD = {"epoch": 0, "train": {"loss": 1.0}, "validate": None, "seconds": 1.0}


@pytest.fixture
def run(new_run_of: Callable[..., Run]) -> Run:
    """A new run whose folder exists."""
    run = new_run_of()
    run.store.open()
    return run


def test_a_folder_without_a_checkpoint_is_removed(run: Run) -> None:
    run.store.discard_if_empty()
    assert not run.folder.exists()


def test_a_saved_run_is_kept_and_restored(run: Run) -> None:
    run.state.history.append(RECORD)
    assert run.store.save(run.state, run.model, run.trainer) is None
    assert run.store.saved == Position(1)
    run.store.discard_if_empty()
    resumed = replace(run.store, resumes=True, saved=None, recorded_epochs=0)
    restored = resumed.restore(run.model, run.trainer, None)
    assert (restored.position, restored.history, restored.notes) == (Position(1), [RECORD], ())
    assert (resumed.saved, resumed.recorded_epochs) == (Position(1), 1)


def test_records_without_a_checkpoint_are_dropped(run: Run) -> None:
    run.state.history.append(RECORD)
    run.store.save(run.state, run.model, run.trainer)
    shutil.rmtree(run.store.folder.checkpoints)
    restored = restore_checkpoint(run.store.folder, run.store.retention, run.model, run.trainer, None)
    assert (restored.position, restored.history) == (Position(0), [])
    assert restored.notes == ("metrics.jsonl: epoch 0 dropped, as it has no checkpoint",)


def test_a_run_whose_folder_was_deleted_cannot_be_saved(run: Run) -> None:
    shutil.rmtree(run.folder)
    with pytest.raises(VidpredError, match="does not exist any more"):
        run.store.save(run.state, run.model, run.trainer)
