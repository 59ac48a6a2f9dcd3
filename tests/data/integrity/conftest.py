"""Data of each layout to damage, and the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.data.integrity.damage import SHARD
from tests.io.tfrecord_writer import converted, example, write
from tests.trained_runs import pose as pose, robot as robot


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
def release(robot_data: Path, tmp_path: Path) -> Path:
    """The robot data as TFRecords: one file a split."""
    for split in ("train", "validate", "test"):
        folders = sorted((robot_data / split / SHARD).iterdir())
        write(tmp_path / "release" / split / f"{SHARD}.tfrecords", [example(converted(folder)) for folder in folders])
    return tmp_path / "release"
