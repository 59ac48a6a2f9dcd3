"""Tiny pose data, and `vidpred run` on them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_pose import settings, write, write_pose_data

Launch = Callable[..., Any]


@pytest.fixture(autouse=True)
def _quick(without_pictures: None) -> None:
    """Runs of these tests draw no previews."""


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
def launch(vidpred: Callable[..., Any], tmp_path: Path) -> Launch:
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
