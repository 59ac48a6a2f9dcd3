"""Data of both families, and undisturbed runs to compare with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.system.survival.runs import fields, finished, new
from tests.tiny_pose import write_pose_data


@pytest.fixture(scope="session")
def roots(robot_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {"robot": robot_data, "pose": write_pose_data(tmp_path_factory.mktemp("pose") / "data")}


@pytest.fixture(scope="session")
def undisturbed(roots: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """undisturbed("robot", train={…}): the folder of a run that nobody stopped; each is trained once."""
    done: dict[str, Path] = {}

    def get(family: str, **changes: Any) -> Path:
        key = repr((family, sorted(changes.items())))
        if key not in done:
            done[key] = finished(new(fields(family, roots[family], **changes), tmp_path_factory.mktemp("undisturbed")))
        return done[key]

    return get
