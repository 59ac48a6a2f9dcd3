"""Two trained runs, of robots and of a person, and the command `predict`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import tiny_recipe
from tests.tiny_pose import pose_recipe, trained, write_pose_data


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
