"""The original release of BAIR, written from the trajectories of the other tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.io.tfrecords.writer import converted, example, write


@pytest.fixture(scope="module")
def release(robot_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trajectories of `robot_data` as TFRecords. Read-only."""
    root = tmp_path_factory.mktemp("release")
    for split in ("train", "validate", "test"):
        folders = sorted((robot_data / split / "traj_0_to_255").iterdir())
        write(root / split / "traj_0_to_255.tfrecords", [example(converted(folder)) for folder in folders])
    return root
