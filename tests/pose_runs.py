"""Fixtures: tiny pose data, `vidpred run` on them, and runs of the tiny robot recipe."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import tiny_recipe
from tests.tiny_pose import settings, write, write_pose_data
from vidpred.assembly.run import new_run
from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import Document, merge_fields
from vidpred.recipe.validation import validate_recipe
from vidpred.training.run import Run

Launch = Callable[..., Any]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny pose data. Read-only: tests that damage data write their own."""
    return write_pose_data(tmp_path_factory.mktemp("pose"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second data set: a longer training video, and nothing else."""
    root = write_pose_data(tmp_path_factory.mktemp("other"), train=20, seed=5)
    for split in ("val", "test"):
        shutil.rmtree(root / split)
    return root


@pytest.fixture
def launch(vidpred: Callable[..., Any], without_pictures: None, tmp_path: Path) -> Launch:
    """launch(fields, "train.epochs=2", …): the outcome of `vidpred run`, with a run folder only if it succeeded."""

    def call(
        fields: dict[str, Any], *changes: str, options: Sequence[object] = (), out: Path = tmp_path / "out"
    ) -> Any:
        shutil.rmtree(out, ignore_errors=True)
        outcome = vidpred(
            "run",
            write(tmp_path / "recipe.yaml", fields),
            "--out",
            out,
            "--device",
            "cpu",
            *settings(*changes),
            *options,
        )
        assert len(list(out.glob("*/*"))) == (1 if outcome.code == 0 else 0), outcome
        return outcome

    return call


@pytest.fixture
def refused(launch: Launch) -> Callable[..., str]:
    """refused(fields, "train.epochs=0", …): the message with which `vidpred run` refuses them."""

    def call(fields: dict[str, Any], *changes: str) -> str:
        outcome = launch(fields, *changes)
        assert outcome.code == 2 and outcome.errors.startswith("error: ") and "Traceback" not in outcome.errors, outcome
        return str(outcome.errors)

    return call


@pytest.fixture
def new_run_of(robot_data: Path, without_pictures: None, tmp_path: Path) -> Callable[..., Run]:
    """new_run_of(train={...}): a run of the tiny recipe with these changes, ready to start."""

    def make(**changes: Any) -> Run:
        fields = merge_fields(tiny_recipe(robot_data), changes)
        return new_run(validate_recipe(Document("tiny", fields), discover().registry), out=tmp_path, device="cpu")

    return make
