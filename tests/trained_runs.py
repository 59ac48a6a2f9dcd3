"""Fixtures that several folders of tests share: trained runs to predict with and to evaluate, and data to damage."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.conftest import tiny_recipe, write_robot_data
from tests.tiny_pose import pose_recipe, trained, write_pose_data
from vidpred.builtin.datasets.bair.dataset import BairRobot


@pytest.fixture(scope="module")
def finished_run(robot_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return trained(tiny_recipe(robot_data), tmp_path_factory.mktemp("run"))


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> Path:
    """A finished run's folder, the test's own."""
    return Path(shutil.copytree(finished_run, tmp_path / "run", symlinks=True))


@pytest.fixture
def evaluate(vidpred: Callable[..., Any], run: Path) -> Callable[..., Any]:
    """evaluate("--samples", 3): the JSON of `vidpred eval`, and the folder that it wrote, by its name."""

    def call(*options: object, folder: str = "past2_future4_samples1", of: Path = run) -> dict[str, Any]:
        outcome = vidpred("eval", of, "--device", "cpu", "--json", *options)
        assert outcome.code == 0, outcome.errors
        record: dict[str, Any] = json.loads(outcome.output)
        assert json.loads((of / "eval" / folder / "result.json").read_text()) == record
        return record

    return call


@pytest.fixture(scope="session")
def robot_run(robot_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2 frames given; 7 numbers with each frame condition the next."""
    recipe = tiny_recipe(robot_data, annealer="none", validate={"metrics": ["psnr"]}, save={"best": ["psnr"]})
    recipe["train"].update(epochs=1, steps_per_epoch=1)
    return trained(recipe, tmp_path_factory.mktemp("robot_run"))


@pytest.fixture(scope="session")
def robot_clip(robot_data: Path) -> Path:
    return robot_data / "test/traj_0_to_255/0"


@pytest.fixture(scope="session")
def robot_conditions(robot_clip: Path) -> tuple[object, ...]:
    return ("--conditions", robot_clip / "actions.csv", "--conditions", robot_clip / "endeffector_positions.csv")


@pytest.fixture(scope="session")
def pose_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pose_data(tmp_path_factory.mktemp("pose"), tests={"10": (1, 4), "0": (1, 6), "2": (1, 3)})


@pytest.fixture(scope="session")
def pose_run(pose_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1 frame of 8x16 given; a skeleton of that size for each frame."""
    return trained(pose_recipe(pose_data), tmp_path_factory.mktemp("pose_run"))


@pytest.fixture
def predict(vidpred: Callable[..., Any]) -> Callable[..., Any]:
    """predict(run, …): how `vidpred predict` ends; well, unless asked for another code."""

    def call(*arguments: object, code: int = 0) -> Any:
        outcome = vidpred("predict", *arguments, "--device", "cpu")
        assert outcome.code == code and "Traceback" not in outcome.errors, outcome
        return outcome

    return call


@pytest.fixture
def robot(robot_data: Path, tmp_path: Path) -> Path:
    """A copy of the robot data to damage: 5, 2 and 1 trajectories of 9 frames."""
    return Path(shutil.copytree(robot_data, tmp_path / "robot"))


@pytest.fixture
def pose(tmp_path: Path) -> Path:
    """Pose video to damage: 12 and 6 frames, and tests of 1 frame and 5, 7 and 5 labels."""
    return write_pose_data(tmp_path / "pose")


@pytest.fixture
def small_demo_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """Demo data of five clips, in a temporary cache; gives the list of folders that they are rendered to."""
    rendered = []

    def write_demo_data(self: BairRobot, root: Path, seed: int) -> None:
        write_robot_data(root, frames=14)
        rendered.append(root)

    monkeypatch.setattr(BairRobot, "write_demo_data", write_demo_data)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return rendered
