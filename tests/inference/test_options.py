"""Options of `predict` that do not go together, and conditions that do not fit the model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import tiny_recipe
from tests.io import frame_files
from tests.tiny_pose import trained

FRAMES = frame_files.drawn(3)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    np.savez(tmp_path / "mine.npz", frames=FRAMES)
    return tmp_path / "mine.npz"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--frames", "f", "--split", "test"], "--frames does not go with --split"),
        (["--frames", "f", "--submission", "s.csv"], "--frames does not go with --submission"),
        (["--conditions", "c.csv"], "--conditions: goes with --frames"),
        (["--submission", "s.csv", "--samples", 2], "--submission does not go with --samples"),
        (["--split", "val"], "unknown split 'val'; did you mean 'validate'?"),
        (["--samples", 0], "samples"),
        (["--steps", 0], "steps"),
        (["--samples", 101], "samples"),
        (["--out", "o.gif"], "--out o.gif: of a split, a GIF of each clip is written: give a folder"),
        (["--steps", 9], "predicting 9 frames from 1 given needs clips of"),
    ],
)
def test_options(arguments: list[object], said: str, pose_run: Path, predict: Callable[..., Any]) -> None:
    assert said in predict(pose_run, *arguments, code=2).errors


def test_conditions_are_asked_for(robot_run: Path, pose_run: Path, mine: Path, predict: Callable[..., Any]) -> None:
    assert (
        "--conditions: is missing; the model reads 7 numbers (a CSV or an .npy) for each frame, as its data set bair_robot has them"
        in predict(robot_run, "--frames", mine, code=2).errors
    )
    assert (
        "--conditions: is missing; the model reads an image (a folder of images, say)"
        in predict(pose_run, "--frames", mine, code=2).errors
    )


def test_fewer_conditions_than_steps(
    robot_run: Path, robot_conditions: tuple[object, ...], mine: Path, predict: Callable[..., Any], tmp_path: Path
) -> None:
    """9 rows of actions reach 8 steps after 2 frames, as the first makes the second frame."""
    arguments = (robot_run, "--frames", mine, *robot_conditions, "--out", tmp_path / "o.npz", "--steps")
    message = predict(*arguments, 9, code=2).errors
    assert (
        "actions.csv: holds 9 conditions, but 9 steps after 2 frames need 10; lower --steps to 8, or give more"
        in message
    )
    predict(*arguments, 8)
    assert (
        "--steps: 1000000000 steps are too much to hold; 43,688 steps are the most"
        in predict(*arguments, 10**9, "--force", code=2).errors
    )


def test_files_side_by_side_have_as_many_rows(
    robot_run: Path, robot_clip: Path, mine: Path, predict: Callable[..., Any], tmp_path: Path
) -> None:
    np.savetxt(tmp_path / "positions.csv", np.ones((5, 3)), delimiter=",")
    arguments = (
        robot_run,
        "--frames",
        mine,
        "--conditions",
        robot_clip / "actions.csv",
        "--conditions",
        tmp_path / "positions.csv",
    )
    assert "have 9 and 5 rows; each frame needs a row in each" in predict(*arguments, code=2).errors


@pytest.mark.parametrize(
    ("size", "said"),
    [((8, 16), "c: is 8x16, but {}/f is 30x30 (height x width); crop or scale one as the other"), ((60, 60), None)],
)
def test_skeletons_show_what_frames_show(
    size: tuple[int, int], said: str | None, pose_run: Path, predict: Callable[..., Any], tmp_path: Path
) -> None:
    frame_files.folder(tmp_path / "f", frame_files.drawn(1, (30, 30)))
    frame_files.folder(tmp_path / "c", frame_files.drawn(3, size))
    outcome = predict(
        pose_run,
        "--frames",
        tmp_path / "f",
        "--conditions",
        tmp_path / "c",
        "--out",
        tmp_path / "o.npz",
        code=2 if said else 0,
    )
    assert said is None or said.format(tmp_path) in outcome.errors


def test_maps_come_from_one_place_and_fit(pose_run: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "f.npz", frames=frame_files.drawn(1, (8, 16)))
    np.save(tmp_path / "c.npy", np.zeros((4, 3, 8, 15), np.float32))
    arguments = (pose_run, "--frames", tmp_path / "f.npz", "--conditions", tmp_path / "c.npy")
    assert "c.npy: is [4, 3, 8, 15], but the model reads maps [T, 3, 8, 16]" in predict(*arguments, code=2).errors
    assert (
        "only one --conditions can be given, as the model reads maps of 3x8x16"
        in predict(*arguments, "--conditions", "d", code=2).errors
    )


def test_a_model_without_conditions(robot_data: Path, mine: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    recipe = tiny_recipe(robot_data, annealer="none", validate={"metrics": ["psnr"]}, save={"best": ["psnr"]})
    recipe["data"]["conditions"] = []
    recipe["train"].update(epochs=1, steps_per_epoch=1)
    run = trained(recipe, tmp_path / "run")
    (tmp_path / "c.csv").write_text("1\n")
    assert "--steps: is missing; the model reads no conditions" in predict(run, "--frames", mine, code=2).errors
    assert (
        "the model reads no conditions; leave it out"
        in predict(run, "--frames", mine, "--conditions", tmp_path / "c.csv", code=2).errors
    )
    predict(run, "--frames", mine, "--steps", 5, "--out", tmp_path / "o.npz")
    assert np.load(tmp_path / "o.npz")["frames"].shape == (1, 7, 3, 64, 64)


def test_hints_can_be_followed(pose_run: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    """`--sample` is an option of `run`."""
    message = predict(pose_run, "--set", f"data.root={tmp_path / 'gone'}", code=2).errors
    assert f"no folder {tmp_path / 'gone'}" in message and "or do without any: vidpred run RECIPE --sample" in message
