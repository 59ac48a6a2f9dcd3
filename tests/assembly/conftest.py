"""Tiny pose data for runs that are assembled from recipes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny_pose import write_pose_data


@pytest.fixture(scope="module")
def pose_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny pose data set. Read-only."""
    return write_pose_data(tmp_path_factory.mktemp("pose"))
