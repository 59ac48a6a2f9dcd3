"""A run that was stopped and resumed is bit-equal to an uninterrupted one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

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
from vidpred.runs.layout import RunFolder
from vidpred.training.restore import Restored

FAMILIES = ["robot", "pose"]
# A run is stopped after an epoch, in the middle of it, after all its steps but before its validation, more than once.
STOPS: dict[str, list[Callable[..., bool]]] = {
    "after epoch 0": [epoch_end(0)],
    "after epoch 2": [epoch_end(2)],
    "in epoch 0": [train_step(0)],
    "in epoch 1": [train_step(4)],
    "before a validation": [train_step(5)],
    "thrice": [train_step(1), epoch_end(1), train_step(10)],
    "at every step": [train_step(number) for number in range(11)],
}


@pytest.mark.parametrize("stops", STOPS)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_resumed_run_equals_an_uninterrupted_one(
    family: str, stops: str, data_roots: dict[str, Path], uninterrupted: Callable[..., Path], tmp_path: Path
) -> None:
    expected = uninterrupted(family)
    assert [record["resets"] for record in comparable_records(expected)][-1] >= 1, (
        "the schedule must reset before and after the stops"
    )
    first, *later = STOPS[stops]
    run = stop_after(new_tiny_run(recipe_fields(family, data_roots[family]), tmp_path), first)
    for stop in later:
        assert stop_after(resume_tiny_run(run), stop) == run
    assert run_to_end(resume_tiny_run(run)) == run
    assert_runs_equal(run, expected)
    assert_runs_equal(run, expected, "best_psnr")


@pytest.mark.parametrize(
    "changes",
    [
        {"train": {"workers": 2}},
        {"train": {"accumulate": 2}},
        {"train": {"steps_per_epoch": None, "batch_size": 3}},
        {"train": {"precision": "bf16"}},
        {"train": {"precision": "fp16"}},
        {"validate": {"every": 3}},
        {"optimizer": "adamw"},
        {"optimizer": {"name": "sgd", "lr": 0.1}},
        {"scheduler": "cosine"},
        {"scheduler": "one_cycle"},
        {"scheduler": {"name": "plateau", "patience": 0, "gamma": 0.5}},
        {"scheduler": {"name": "step", "every": 2}},
        {"sequence": {"window": 1}},
        {"train": {"reestimate_batches": 0}},
        {"train": {"augmentations": [{"name": "crop", "share": 1.0}]}},
    ],
    ids=lambda changes: json.dumps(changes).translate(str.maketrans("", "", '"{}')),
)
def test_a_resumed_run_equals_an_uninterrupted_one_for_other_recipes(
    changes: dict[str, Any], data_roots: dict[str, Path], uninterrupted: Callable[..., Path], tmp_path: Path
) -> None:
    recipe = recipe_fields("robot", data_roots["robot"], **changes)
    run = stop_after(new_tiny_run(recipe, tmp_path), train_step(4))
    assert run_to_end(resume_tiny_run(run)) == run
    assert_runs_equal(run, uninterrupted("robot", **changes))


def test_random_numbers_of_torchs_own_generator_are_reproduced(
    data_roots: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dropout in a plugin, for example, uses torch's own generator."""
    from vidpred.builtin.cores import gaussian_lstm

    forward = gaussian_lstm.GaussianLSTM.forward

    def forward_with_dropout(self: Any, features: torch.Tensor, *rest: Any) -> Any:
        return forward(self, torch.nn.functional.dropout(features, 0.3, self.training), *rest)

    monkeypatch.setattr(gaussian_lstm.GaussianLSTM, "forward", forward_with_dropout)
    recipe = recipe_fields("robot", data_roots["robot"])
    expected = run_to_end(new_tiny_run(recipe, tmp_path / "expected"))
    run = stop_after(new_tiny_run(recipe, tmp_path / "parts"), train_step(4))
    torch.manual_seed(99)
    assert_runs_equal(run_to_end(resume_tiny_run(run)), expected)


def test_a_checkpoint_before_reestimation_holds_the_statistics_of_training(
    data_roots: dict[str, Path], tmp_path: Path
) -> None:
    run = stop_after(new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path), train_step(5))
    weights = load_file(run / "checkpoints" / "last" / "weights.safetensors")
    means = [value for name, value in weights.items() if name.endswith("running_mean")]
    assert means and all(mean.abs().max() > 0 for mean in means)


def test_the_number_of_workers_changes_nothing(
    data_roots: dict[str, Path], uninterrupted: Callable[..., Path], tmp_path: Path
) -> None:
    run = stop_after(new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path), train_step(4))
    assert_runs_equal(run_to_end(resume_tiny_run(run, "train.workers=1")), uninterrupted("robot"))


def test_a_run_that_is_stopped_before_its_first_step_leaves_nothing(
    data_roots: dict[str, Path], tmp_path: Path
) -> None:
    run = new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path / "out")
    run.stop.set()
    stop_after(run, lambda _: False)
    assert not run.folder.exists() and not (tmp_path / "out" / "tiny").exists()


def test_a_run_without_a_checkpoint_restarts_from_the_beginning(
    data_roots: dict[str, Path], uninterrupted: Callable[..., Path], tmp_path: Path
) -> None:
    """For example a run that was killed in its first epoch."""
    run = new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path)
    killed = RunFolder.create(run.folder, run.store.recipe_yaml, run.store.environment).path
    resumed = resume_tiny_run(killed)
    events = resumed.events()
    restored = next(iter(events))
    assert isinstance(restored, Restored) and restored.position == (0, 0) and resumed.folder == killed
    list(events)
    assert_runs_equal(killed, uninterrupted("robot"))


def test_resuming_a_finished_run_trains_nothing(
    uninterrupted: Callable[..., Path], vidpred: Callable[..., Any]
) -> None:
    folder = uninterrupted("robot")
    outcome = vidpred("run", "--resume", folder)
    assert (
        outcome.code == 0
        and outcome.output
        == f"{folder} is finished; to train for longer: vidpred run --resume {folder} --set train.epochs=N\n"
    )
