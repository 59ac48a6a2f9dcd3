"""The command line in this process with its raw output; and data to damage."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.conftest import tiny_recipe, write_robot_data
from tests.tiny_pose import pose_recipe, write_pose_data


class Outcome(NamedTuple):
    """Exit code of a command, and every byte that it printed, including escape sequences."""

    code: int
    output: str
    errors: str


@pytest.fixture
def command(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """command("check", "mine.yaml"): run it; an exception that is not SystemExit fails the test."""

    def call(*arguments: str) -> Outcome:
        from vidpred.cli.app import main

        monkeypatch.setattr("sys.argv", ["vidpred", *arguments])
        capfdbinary.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        return Outcome(code, *(part.decode() for part in capfdbinary.readouterr()))

    return call


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A robot's data and a person's, and a recipe for each. Read-only: `here` has a copy."""
    root = tmp_path_factory.mktemp("small")
    write_robot_data(root / "robot", train=2, validate=1, frames=6)
    write_pose_data(root / "pose", train=5, validate=5, tests={"0": (1, 5)})
    return root


@pytest.fixture
def workspace(small_data: Path, tmp_path: Path) -> Path:
    """A folder with robot.yaml and pose.yaml, which train on the data beside them."""
    folder = tmp_path / "workspace"
    shutil.copytree(small_data, folder)
    for name, fields in (("robot", tiny_recipe(folder / "robot")), ("pose", pose_recipe(folder / "pose"))):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(fields))
    return folder


@pytest.fixture(scope="session")
def trained_run(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one epoch. Read-only: `strange` has a copy."""
    from vidpred.assembly.run import new_run
    from vidpred.plugins.discovery import discover
    from vidpred.recipe.loading import Document
    from vidpred.recipe.validation import validate_recipe

    recipe = pose_recipe(
        small_data / "pose", validate={"metrics": ["psnr"], "preview_samples": 1, "preview_every": 1000}
    )
    run = new_run(
        validate_recipe(Document("tiny", recipe), discover().registry),
        out=tmp_path_factory.mktemp("trained"),
        device="cpu",
    )
    for _ in run.events():
        pass
    return run.folder


@pytest.fixture
def untrusted_run(workspace: Path, trained_run: Path) -> Path:
    """`here`, with a trained run in {workspace}/run."""
    shutil.copytree(trained_run, workspace / "run", symlinks=True)
    return workspace
