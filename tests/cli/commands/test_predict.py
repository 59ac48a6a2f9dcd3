"""Options of `predict` that exclude each other, and conditions that do not fit the model."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import tiny_recipe
from tests.io import frame_files
from tests.tiny_pose import trained

FRAMES = frame_files.draw_frames(3)


@pytest.fixture
def frames_file(tmp_path: Path) -> Path:
    np.savez(tmp_path / "mine.npz", frames=FRAMES)
    return tmp_path / "mine.npz"


@pytest.mark.parametrize(
    ("arguments", "expected"),
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
def test_wrong_options_are_refused(
    arguments: list[object], expected: str, pose_run: Path, predict: Callable[..., Any]
) -> None:
    assert expected in predict(pose_run, *arguments, code=2).errors


def test_conditions_are_required(
    robot_run: Path, pose_run: Path, frames_file: Path, predict: Callable[..., Any]
) -> None:
    expected = "--conditions: is missing; the model reads 7 numbers (a CSV or an .npy) for each frame"
    assert expected in predict(robot_run, "--frames", frames_file, code=2).errors
    assert (
        "--conditions: is missing; the model reads an image (a folder of images, say)"
        in predict(pose_run, "--frames", frames_file, code=2).errors
    )


def test_fewer_conditions_than_steps(
    robot_run: Path,
    robot_conditions: tuple[object, ...],
    frames_file: Path,
    predict: Callable[..., Any],
    tmp_path: Path,
) -> None:
    """9 rows of actions are enough for 8 steps after 2 frames: the first belongs to the first given frame."""
    arguments = (robot_run, "--frames", frames_file, *robot_conditions, "--out", tmp_path / "o.npz", "--steps")
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


def test_files_of_columns_need_equal_numbers_of_rows(
    robot_run: Path, robot_clip: Path, frames_file: Path, predict: Callable[..., Any], tmp_path: Path
) -> None:
    np.savetxt(tmp_path / "positions.csv", np.ones((5, 3)), delimiter=",")
    arguments = (
        robot_run,
        "--frames",
        frames_file,
        "--conditions",
        robot_clip / "actions.csv",
        "--conditions",
        tmp_path / "positions.csv",
    )
    assert "have 9 and 5 rows; each frame needs a row in each" in predict(*arguments, code=2).errors


@pytest.mark.parametrize(
    ("size", "expected"),
    [((8, 16), "c: is 8x16, but {}/f is 30x30 (height x width); crop or scale one as the other"), ((60, 60), None)],
)
def test_skeletons_and_frames_need_equal_proportions(
    size: tuple[int, int], expected: str | None, pose_run: Path, predict: Callable[..., Any], tmp_path: Path
) -> None:
    frame_files.write_folder(tmp_path / "f", frame_files.draw_frames(1, (30, 30)))
    frame_files.write_folder(tmp_path / "c", frame_files.draw_frames(3, size))
    outcome = predict(
        pose_run,
        "--frames",
        tmp_path / "f",
        "--conditions",
        tmp_path / "c",
        "--out",
        tmp_path / "o.npz",
        code=2 if expected else 0,
    )
    assert (expected or "").format(tmp_path) in outcome.errors


def test_maps_come_from_one_path_and_fit_the_model(pose_run: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "f.npz", frames=frame_files.draw_frames(1, (8, 16)))
    np.save(tmp_path / "c.npy", np.zeros((4, 3, 8, 15), np.float32))
    arguments = (pose_run, "--frames", tmp_path / "f.npz", "--conditions", tmp_path / "c.npy")
    assert "c.npy: is [4, 3, 8, 15], but the model reads maps [T, 3, 8, 16]" in predict(*arguments, code=2).errors
    assert (
        "only one --conditions can be given, as the model reads maps of 3x8x16"
        in predict(*arguments, "--conditions", "d", code=2).errors
    )


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("f.png", b"hello", "f.png: cannot be read as an image: it is damaged, or no GIF"),
        ("f.npz", b"PK\3\4" + bytes(50), "f.npz: cannot be read as an .npz"),
        ("c.csv", b"a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n", "c.csv: line 1, column 1 is 'a', not a number"),
        ("c.npy", b"x", "c.npy: cannot be read as a NumPy array"),
    ],
)
def test_a_bad_file_ends_in_one_line(
    name: str,
    data: bytes,
    expected: str,
    robot_run: Path,
    robot_conditions: tuple[object, ...],
    frames_file: Path,
    predict: Callable[..., Any],
    tmp_path: Path,
) -> None:
    """And nothing is written; all cases are in tests/data/test_user_frames.py and test_user_conditions.py."""
    (tmp_path / name).write_bytes(data)
    files = ("--frames", tmp_path / name, *robot_conditions)
    if name.startswith("c"):
        files = ("--frames", frames_file, "--conditions", tmp_path / name)
    errors = predict(robot_run, *files, "--out", tmp_path / "o.npz", code=2).errors
    assert errors.startswith("error: ") and errors.count("\n") == 1 and expected in errors
    assert not (tmp_path / "o.npz").exists()


def test_a_model_without_conditions(
    robot_data: Path, frames_file: Path, predict: Callable[..., Any], tmp_path: Path
) -> None:
    recipe = tiny_recipe(robot_data, annealer="none", validate={"metrics": ["psnr"]}, save={"best": ["psnr"]})
    recipe["data"]["conditions"] = []
    recipe["train"].update(epochs=1, steps_per_epoch=1)
    run = trained(recipe, tmp_path / "run")
    (tmp_path / "c.csv").write_text("1\n")
    assert "--steps: is missing; the model reads no conditions" in predict(run, "--frames", frames_file, code=2).errors
    assert (
        "the model reads no conditions; leave it out"
        in predict(run, "--frames", frames_file, "--conditions", tmp_path / "c.csv", code=2).errors
    )
    predict(run, "--frames", frames_file, "--steps", 5, "--out", tmp_path / "o.npz")
    assert np.load(tmp_path / "o.npz")["frames"].shape == (1, 7, 3, 64, 64)


def test_the_advice_of_a_message_is_correct(pose_run: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    """`--sample` is an option of `run`."""
    message = predict(pose_run, "--set", f"data.root={tmp_path / 'gone'}", code=2).errors
    assert f"no folder {tmp_path / 'gone'}" in message and "or do without any: vidpred run RECIPE --sample" in message


def test_help_imports_no_torch() -> None:
    code = (
        "import sys; sys.argv = ['vidpred', 'predict', '--help']\nfrom vidpred.cli.app import main\n"
        "try: main()\nexcept SystemExit as end: assert not end.code\n"
        "assert not {'torch', 'av', 'PIL'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
