"""The state of training besides the weights is restored exactly, or refused if it belongs to another model."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from vidpred.errors import VidpredError
from vidpred.runs.layout import STATE
from vidpred.training.run import Run
from vidpred.training.state import encode_state, restore_state


@pytest.fixture
def trained_run(new_run_of: Callable[..., Run], tmp_path: Path) -> Run:
    """A run after one optimizer step, whose state is the file state.pt."""
    run = new_run_of()
    next(run.events())
    (tmp_path / STATE).write_bytes(encode_state(run.trainer, run.state.stats))
    return run


def test_optimizer_and_statistics_are_restored(
    trained_run: Run, new_run_of: Callable[..., Run], tmp_path: Path
) -> None:
    other = new_run_of()
    assert restore_state(other.trainer, tmp_path) == trained_run.state.stats
    expected, restored = (run.trainer.optimizer.state_dict()["state"] for run in (trained_run, other))
    assert expected.keys() == restored.keys() != set()
    for index, entries in expected.items():
        assert all(torch.equal(value, restored[index][name]) for name, value in entries.items())


def test_the_state_of_another_model_is_refused(
    trained_run: Run, new_run_of: Callable[..., Run], tmp_path: Path
) -> None:
    other = new_run_of(model={"encoder": {"name": "vgg64", "dim": 16, "width": 0.03}})
    with pytest.raises(VidpredError, match=r"does not fit the model and optimizer of this run\n  .* has shape"):
        restore_state(other.trainer, tmp_path)


@pytest.mark.parametrize(
    ("state", "message"), [({}, "does not hold the state of this run"), ([1], "does not hold the state of a run")]
)
def test_other_files_are_refused(state: object, message: str, new_run_of: Callable[..., Run], tmp_path: Path) -> None:
    file = io.BytesIO()
    torch.save(state, file)
    (tmp_path / STATE).write_bytes(file.getvalue())
    with pytest.raises(VidpredError, match=message):
        restore_state(new_run_of().trainer, tmp_path)
