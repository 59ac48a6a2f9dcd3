"""A run that was stopped and resumed is, bit by bit, the run that nobody stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.system.survival.runs import again, assert_same, epoch, fields, figures, finished, new, step, stopped
from vidpred.runs.layout import RunFolder
from vidpred.training.restore import Restored

FAMILIES = ["robot", "pose"]
# Where a run is stopped: after an epoch, in its middle, after all its steps but before its validation, more than once.
STOPS: dict[str, list[Callable[..., bool]]] = {
    "after epoch 0": [epoch(0)],
    "after epoch 2": [epoch(2)],
    "in epoch 0": [step(0)],
    "in epoch 1": [step(4)],
    "before a validation": [step(5)],
    "thrice": [step(1), epoch(1), step(10)],
    "at every step": [step(number) for number in range(11)],
}


@pytest.mark.parametrize("stops", STOPS)
@pytest.mark.parametrize("family", FAMILIES)
def test_going_on_changes_nothing(
    family: str, stops: str, roots: dict[str, Path], undisturbed: Callable[..., Path], tmp_path: Path
) -> None:
    whole = undisturbed(family)
    assert [record["resets"] for record in figures(whole)][-1] >= 1, (
        "a reset before and after the stops is part of the test"
    )
    first, *later = STOPS[stops]
    run = stopped(new(fields(family, roots[family]), tmp_path), first)
    for after in later:
        assert stopped(again(run), after) == run
    assert finished(again(run)) == run
    assert_same(run, whole)
    assert_same(run, whole, "best_psnr")


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
def test_whatever_the_recipe_says(
    changes: dict[str, Any], roots: dict[str, Path], undisturbed: Callable[..., Path], tmp_path: Path
) -> None:
    recipe = fields("robot", roots["robot"], **changes)
    run = stopped(new(recipe, tmp_path), step(4))
    assert finished(again(run)) == run
    assert_same(run, undisturbed("robot", **changes))


def test_what_a_plugin_draws_by_itself_is_the_same_again(
    roots: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dropout, for one, takes its numbers from torch's own generator."""
    from vidpred.builtin.cores import gaussian_lstm

    forward = gaussian_lstm.GaussianLSTM.forward

    def dropping(self: Any, features: torch.Tensor, *rest: Any) -> Any:
        return forward(self, torch.nn.functional.dropout(features, 0.3, self.training), *rest)

    monkeypatch.setattr(gaussian_lstm.GaussianLSTM, "forward", dropping)
    recipe = fields("robot", roots["robot"])
    whole = finished(new(recipe, tmp_path / "whole"))
    run = stopped(new(recipe, tmp_path / "parts"), step(4))
    torch.manual_seed(99)
    assert_same(finished(again(run)), whole)


def test_a_checkpoint_before_the_statistics_are_anew_has_those_of_training(
    roots: dict[str, Path], tmp_path: Path
) -> None:
    run = stopped(new(fields("robot", roots["robot"]), tmp_path), step(5))
    weights = load_file(run / "checkpoints" / "last" / "weights.safetensors")
    means = [value for name, value in weights.items() if name.endswith("running_mean")]
    assert means and all(mean.abs().max() > 0 for mean in means)


def test_more_or_fewer_workers_change_nothing(
    roots: dict[str, Path], undisturbed: Callable[..., Path], tmp_path: Path
) -> None:
    run = stopped(new(fields("robot", roots["robot"]), tmp_path), step(4))
    assert_same(finished(again(run, "train.workers=1")), undisturbed("robot"))


def test_a_run_that_is_stopped_before_its_first_step_leaves_nothing(roots: dict[str, Path], tmp_path: Path) -> None:
    run = new(fields("robot", roots["robot"]), tmp_path / "out")
    run.stop.set()
    stopped(run, lambda _: False)
    assert not run.folder.exists() and not (tmp_path / "out" / "tiny").exists()


def test_a_run_that_has_saved_nothing_begins_anew(
    roots: dict[str, Path], undisturbed: Callable[..., Path], tmp_path: Path
) -> None:
    """As one that was killed in its first epoch."""
    run = new(fields("robot", roots["robot"]), tmp_path)
    killed = RunFolder.create(run.folder, run.store.recipe_yaml, run.store.environment).path
    events = (resumed := again(killed)).events()
    before = next(iter(events))
    assert isinstance(before, Restored) and before.position == (0, 0) and resumed.folder == killed
    list(events)
    assert_same(killed, undisturbed("robot"))


def test_a_finished_run_has_nothing_to_go_on_with(
    undisturbed: Callable[..., Path], vidpred: Callable[..., Any]
) -> None:
    folder = undisturbed("robot")
    outcome = vidpred("run", "--resume", folder)
    assert (
        outcome.code == 0
        and outcome.output
        == f"{folder} is finished; to train for longer: vidpred run --resume {folder} --set train.epochs=N\n"
    )
