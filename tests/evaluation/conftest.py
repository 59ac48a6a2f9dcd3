"""A trained run, and `vidpred eval` of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.conftest import tiny_recipe
from tests.tiny_pose import trained


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
