"""Runs that start from the weights of another run (`init_from`)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file

import vidpred as vp
from tests.pose_runs import Launch
from tests.tiny_pose import built, folder_of, pose_recipe, trained


@pytest.fixture(scope="module")
def runs(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two runs of 3 epochs, of different seeds; the older's name is the smaller."""
    out = tmp_path_factory.mktemp("runs")
    for seed, name in ((1, "2026-01-01_00-00-00"), (2, "2026-01-02_00-00-00")):
        fields = pose_recipe(root, seed=seed, save={"every": 1, "keep": 3, "best": ["psnr"]})
        fields["train"]["epochs"] = 3
        trained(fields, out).rename(out / "tiny" / name)
    return out / "tiny"


def initial_weights(root: Path, init_from: Path | str, out: Path) -> dict[str, torch.Tensor]:
    """Return the initial weights of a run."""
    return dict(built(pose_recipe(root, init_from=str(init_from), seed=7), out).model.state_dict())


def are_equal(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize("checkpoint", ["epoch_0000", "epoch_0001", "last", "best_psnr"])
def test_a_run_starts_from_the_weights_of_a_checkpoint(checkpoint: str, root: Path, runs: Path, tmp_path: Path) -> None:
    folder = runs / "2026-01-01_00-00-00" / "checkpoints" / checkpoint
    weights = load_file(folder / "weights.safetensors")
    assert are_equal(initial_weights(root, folder, tmp_path), weights)
    assert not are_equal(dict(built(pose_recipe(root, seed=7), tmp_path).model.state_dict()), weights)


def test_a_run_folder_means_its_best_checkpoint_or_its_last(root: Path, runs: Path, tmp_path: Path) -> None:
    run = shutil.copytree(runs / "2026-01-01_00-00-00", tmp_path / "run", symlinks=True)
    checkpoints = run / "checkpoints"
    (checkpoints / "best_psnr").unlink()
    (checkpoints / "best_psnr").symlink_to("epoch_0001")
    assert (checkpoints / "last").resolve().name == "epoch_0002"
    assert are_equal(
        initial_weights(root, run, tmp_path), load_file(checkpoints / "epoch_0001" / "weights.safetensors")
    )
    (checkpoints / "best_psnr").unlink()
    assert are_equal(
        initial_weights(root, run, tmp_path), load_file(checkpoints / "epoch_0002" / "weights.safetensors")
    )


def test_a_folder_of_runs_means_the_newest(root: Path, runs: Path, tmp_path: Path) -> None:
    newest, older = (
        load_file(runs / name / "checkpoints/best_psnr/weights.safetensors")
        for name in ("2026-01-02_00-00-00", "2026-01-01_00-00-00")
    )
    assert are_equal(initial_weights(root, runs, tmp_path), newest) and not are_equal(newest, older)


def test_runs_of_the_same_second_are_ordered_by_number(root: Path, runs: Path, tmp_path: Path) -> None:
    for name, old in (
        ("2026-01-01_00-00-00_2", "2026-01-01_00-00-00"),
        ("2026-01-01_00-00-00_10", "2026-01-02_00-00-00"),
    ):
        shutil.copytree(runs / old, tmp_path / "many" / name, symlinks=True)
    assert are_equal(
        initial_weights(root, tmp_path / "many", tmp_path),
        load_file(runs / "2026-01-02_00-00-00/checkpoints/best_psnr/weights.safetensors"),
    )


def test_a_run_without_a_checkpoint_is_ignored(root: Path, runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs, tmp_path / "runs", symlinks=True)
    (tmp_path / "runs" / "2026-01-03_00-00-00" / "checkpoints").mkdir(parents=True)  # a run that has just started
    assert are_equal(
        initial_weights(root, tmp_path / "runs", tmp_path),
        load_file(runs / "2026-01-02_00-00-00/checkpoints/best_psnr/weights.safetensors"),
    )


def test_the_run_records_the_checkpoint_that_it_starts_from(
    root: Path, runs: Path, launch: Launch, tmp_path: Path
) -> None:
    """With a negligible learning rate, a run ends with its initial weights, except for BatchNorm's statistics."""
    folder = runs / "2026-01-01_00-00-00"
    outcome = launch(
        pose_recipe(root, optimizer={"name": "sgd", "lr": 1e-12, "momentum": 0.0}, seed=7), f"init_from={folder}"
    )
    assert outcome.code == 0, outcome
    folder_of_run = folder_of(tmp_path / "out")
    assert yaml.safe_load((folder_of_run / "recipe.yaml").read_text())["init_from"] == str(folder)
    checkpoint = str((folder / "checkpoints" / "best_psnr").resolve())
    assert f"starts with  the weights of {checkpoint}" in outcome.output
    assert json.loads((folder_of_run / "environment.json").read_text())["init_from"] == checkpoint
    initial, final = (
        load_file(run / "checkpoints" / name / "weights.safetensors")
        for run, name in ((folder, "best_psnr"), (folder_of_run, "last"))
    )
    assert all(
        torch.allclose(final[name], value, atol=1e-7)
        for name, value in initial.items()
        if "running" not in name and "num_" not in name
    )
    assert (
        vp.load(folder_of_run, device="cpu").validate("validate").record()["psnr"] > 0
    )  # it needs only its own weights


def test_only_weights_are_taken_from_the_other_run(root: Path, runs: Path, tmp_path: Path) -> None:
    run = built(pose_recipe(root, init_from=str(runs)), tmp_path)
    assert not run.trainer.optimizer.state and run.history == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "{runs}/nowhere",
            "init_from: no folder {runs}/nowhere; start the run that creates it first, or give a run or a checkpoint",
        ),
        ("{runs}/2026-01-01_00-00-00/recipe.yaml", "init_from: no folder {runs}/2026-01-01_00-00-00/recipe.yaml"),
        ("{root}", "init_from: {root} is not a run folder"),
        ("{runs}/..", "init_from: "),
        ("{runs}/2026-01-01_00-00-00/checkpoints", "init_from: "),
        ("''", "init_from: "),
        ("5", "init_from: should be text, got 5"),
    ],
)
def test_paths_without_weights_are_refused(
    path: str, message: str, root: Path, runs: Path, refused: Callable[..., str]
) -> None:
    for name, folder in {"{runs}": str(runs), "{root}": str(root)}.items():
        path, message = path.replace(name, folder), message.replace(name, folder)
    assert message in refused(pose_recipe(root), f"init_from={path}")


def test_weights_that_do_not_fit_are_refused_with_a_short_message(
    root: Path, runs: Path, refused: Callable[..., str]
) -> None:
    message = refused(pose_recipe(root), f"init_from={runs}", "model.encoder.dim=16")
    best = runs / "2026-01-02_00-00-00/checkpoints/best_psnr"
    assert f"{best}/weights.safetensors: these weights do not fit the model" in message
    assert "encoder.body.0.body.0.weight: shape (1, 3, 3, 3), but the model has shape (2, 3, 3, 3)" in message
    assert "init_from" in message and message.count("\n") < 10


def test_damaged_weights_are_named(root: Path, runs: Path, refused: Callable[..., str], tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "weights.safetensors").write_bytes(b"no weights")
    assert f"{damaged}/weights.safetensors: cannot be read" in refused(pose_recipe(root), f"init_from={damaged}")


def test_checkpoints_of_a_run_differ(runs: Path) -> None:
    """Otherwise the tests above could not distinguish them."""
    folders = [runs / "2026-01-01_00-00-00/checkpoints" / f"epoch_000{number}" for number in range(3)]
    assert all(
        not are_equal(*(load_file(folder / "weights.safetensors") for folder in pair)) for pair in pairwise(folders)
    )
