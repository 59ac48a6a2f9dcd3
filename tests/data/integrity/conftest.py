"""Data of each layout to damage, and the command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.data.integrity.damage import SHARD
from tests.io.tfrecord_writer import converted, example, write
from tests.tiny_pose import write_pose_data


@pytest.fixture
def check(vidpred: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """check("bair_robot", root, "conditions=[]"): what `vidpred data check --json` prints; its exit code must agree."""

    def run_check(name: str, root: Path, *settings: str) -> dict[str, Any]:
        shown = vidpred(
            "data",
            "check",
            root,
            "--dataset",
            name,
            "--json",
            *(part for setting in settings for part in ("--set", setting)),
        )
        assert not shown.errors, shown.errors
        report: dict[str, Any] = json.loads(shown.output)
        assert shown.code == (1 if report["problems"] else 0)
        assert (report["dataset"], report["root"]) == (name, str(root)) and list(report["splits"]) == [
            "train",
            "validate",
            "test",
        ]
        return report

    return run_check


@pytest.fixture
def robot(robot_data: Path, tmp_path: Path) -> Path:
    """A copy of the robot data to damage: 5, 2 and 1 trajectories of 9 frames."""
    return Path(shutil.copytree(robot_data, tmp_path / "robot"))


@pytest.fixture
def pose(tmp_path: Path) -> Path:
    """Pose video to damage: 12 and 6 frames, and tests of 1 frame and 5, 7 and 5 labels."""
    return write_pose_data(tmp_path / "pose")


@pytest.fixture
def release(robot_data: Path, tmp_path: Path) -> Path:
    """The robot data as TFRecords: one file a split."""
    for split in ("train", "validate", "test"):
        folders = sorted((robot_data / split / SHARD).iterdir())
        write(tmp_path / "release" / split / f"{SHARD}.tfrecords", [example(converted(folder)) for folder in folders])
    return tmp_path / "release"
