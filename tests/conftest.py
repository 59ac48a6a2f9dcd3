"""Little robot data that the tests render themselves, tiny recipes on them, and the command line in this process."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from PIL import Image

pytest_plugins = ["tests.pose_runs"]
REAL = Path(__file__).resolve().parents[2] / "shared" / "data"  # real frames, where a checkout has them beside it


@pytest.fixture(scope="session")
def real_data() -> Path:
    if not REAL.is_dir():
        pytest.skip(f"no real frames: {REAL} is not there")
    return REAL


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Tiny networks are fastest on one thread, and results then depend on nothing else."""
    torch.set_num_threads(1)


@pytest.fixture
def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs draw no previews and plots: half of a tiny run's time."""
    monkeypatch.setattr("vidpred.assembly.run.draw_epoch_artifacts", lambda folder, _: folder)


def write_trajectory(folder: Path, frames: int, seed: int, *, positions: bool = True) -> None:
    """A bright square on a grey table, moved by the first two action numbers."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    actions = np.zeros((frames, 4))
    actions[:, :2] = np.repeat(random.uniform(-0.07, 0.07, ((frames + 1) // 2, 2)), 2, 0)[:frames]
    actions[:, 2] = random.choice([0, 1, 3], frames)
    position, positions_in_metres = random.uniform(16, 40, 2), []
    for t in range(frames):
        frame = np.full((64, 64, 3), 90, np.uint8)
        frame[:, :, 2] = np.arange(64, dtype=np.uint8)[:, None]
        y, x = position.astype(int)
        frame[y : y + 10, x : x + 10] = (230, 60 + seed % 100, 30)
        Image.fromarray(frame).save(folder / f"{t}.png")
        positions_in_metres.append([*position / 64, 0.1])
        position = np.clip(position + actions[t, :2] * 60, 2, 52)
    np.savetxt(folder / "actions.csv", actions, delimiter=",")
    if positions:
        np.savetxt(folder / "endeffector_positions.csv", positions_in_metres, delimiter=",")


def write_robot_data(root: Path, *, train: int = 5, validate: int = 2, frames: int = 9, positions: bool = True) -> Path:
    for split, count in (("train", train), ("validate", validate), ("test", 1)):
        for k in range(count):
            write_trajectory(
                root / split / "traj_0_to_255" / str(k), frames, seed=len(split) * 100 + k, positions=positions
            )
    return root


@pytest.fixture(scope="session")
def robot_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """5 training, 2 validation, 1 test trajectory of 9 frames. Read-only: tests that break data write their own."""
    return write_robot_data(tmp_path_factory.mktemp("robot"))


def tiny_recipe(root: Path, **changes: Any) -> dict[str, Any]:
    """A recipe that trains in seconds: vgg64 with 2 to 16 channels, 2 + 4 frames, 2 epochs of 2 steps."""
    return {
        "name": "tiny",
        "data": {"name": "bair_robot", "root": str(root)},
        "sequence": {"past": 2, "future": 4},
        "model": {
            "encoder": {"name": "vgg64", "dim": 8, "width": 0.03},
            "condition": "identity",
            "posterior": {"name": "gaussian_lstm", "latent": 4, "hidden": 8},
            "prior": "standard_normal",
            "predictor": {"name": "lstm", "hidden": 8, "layers": 1},
            "decoder": "vgg64",
        },
        "annealer": {"name": "cyclical", "cycles": 2, "unit": "step"},
        "forcing": {"name": "constant", "ratio": 0.5, "granularity": "frame"},
        "train": {"epochs": 2, "batch_size": 2, "steps_per_epoch": 2, "precision": "fp32", "reestimate_batches": 1},
        **changes,
    }


@pytest.fixture
def write_recipe(tmp_path: Path, robot_data: Path) -> Callable[..., Path]:
    """write_recipe(train={...}): a tiny recipe's file, top-level fields replaced."""

    def write(name: str = "tiny.yaml", **changes: Any) -> Path:
        path = tmp_path / name
        path.write_text(yaml.safe_dump(tiny_recipe(robot_data, **changes)), encoding="utf-8")
        return path

    return write


@dataclass(frozen=True)
class Outcome:
    """How a command ended. `output` and `errors` are without colours."""

    code: int
    output: str
    errors: str


@pytest.fixture
def vidpred(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """vidpred("list", "annealer"): the command line, in this process; a traceback fails the test."""

    def call(*arguments: object) -> Outcome:
        from vidpred.cli.app import main

        monkeypatch.setattr("sys.argv", ["vidpred", *map(str, arguments)])
        capfd.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        shown = capfd.readouterr()
        return Outcome(code, *(re.sub(r"\x1b\[[0-9;]*m", "", text) for text in (shown.out, shown.err)))

    return call


@pytest.fixture(scope="session")
def data_roots(robot_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tiny data of both families, by the name of the family. Read-only."""
    from tests.tiny_pose import write_pose_data

    return {"robot": robot_data, "pose": write_pose_data(tmp_path_factory.mktemp("pose") / "data")}


@pytest.fixture(scope="session")
def uninterrupted(data_roots: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """uninterrupted("robot", train={…}): the folder of a run that was never stopped; each is trained once."""
    from tests.tiny_runs import new_tiny_run, recipe_fields, run_to_end

    folders: dict[str, Path] = {}

    def get(family: str, **changes: Any) -> Path:
        key = repr((family, sorted(changes.items())))
        if key not in folders:
            fields = recipe_fields(family, data_roots[family], **changes)
            folders[key] = run_to_end(new_tiny_run(fields, tmp_path_factory.mktemp("uninterrupted")))
        return folders[key]

    return get
