"""Demo data on disk: the folder layout of BAIR robot pushing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from vidpred.builtin.datasets.bair.dataset import BairRobot
from vidpred.worlds.robot.files import write_robot_data
from vidpred.worlds.robot.motion import Motion, simulate_robot
from vidpred.worlds.robot.scene import render


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_demo_data_are_read_as_bair_robot_pushing(tmp_path: Path) -> None:
    write_robot_data(tmp_path, 5, {"train": 3, "validate": 1, "test": 2})
    data = BairRobot(BairRobot.Config(root=tmp_path))
    assert [len(data.split(name).lengths) for name in ("train", "validate", "test")] == [3, 1, 2]
    split, motion = data.split("test"), simulate_robot(5, "test", range(2))
    assert not list(split.problems(range(2)))
    window = split.read(1, 0, 30)
    assert torch.equal(window.frames, torch.from_numpy(render(motion.scene)[1]).permute(0, 3, 1, 2))
    table = np.concatenate([motion.actions[1], motion.scene.gripper[1]], 1).astype(np.float32)
    assert torch.equal(window.conditions, torch.from_numpy(table))


def test_shards_hold_256_trajectories_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidpred.worlds.robot.files._SHARD", 2)
    write_robot_data(tmp_path, 0, {"train": 3})
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/*/*")) == [
        "train/traj_0_to_1/0",
        "train/traj_0_to_1/1",
        "train/traj_2_to_3/0",
    ]


def test_a_clip_does_not_depend_on_the_number_of_clips(tmp_path: Path) -> None:
    for root, clips in (("few", 2), ("more", 7)):
        write_robot_data(tmp_path / root, 9, {"train": clips})
    few, more = contents(tmp_path / "few"), contents(tmp_path / "more")
    assert len(few) == 2 * 32
    assert few.items() <= more.items()


def test_a_clip_does_not_depend_on_the_number_of_workers_nor_the_size_of_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_robot_data(tmp_path / "default", 9, {"train": 5, "test": 2})
    monkeypatch.setattr("vidpred.worlds.robot.files._CLIPS_PER_JOB", 1)
    for workers in (1, 4):
        monkeypatch.setattr("os.cpu_count", lambda workers=workers: workers)
        write_robot_data(tmp_path / f"{workers}", 9, {"train": 5, "test": 2})
        assert contents(tmp_path / f"{workers}") == contents(tmp_path / "default")


def test_tables_equal_those_of_savetxt(tmp_path: Path, motion: Motion) -> None:
    write_robot_data(tmp_path, 3, {"train": 1})
    for name, values in (("actions", motion.actions[0]), ("endeffector_positions", motion.scene.gripper[0])):
        np.savetxt(tmp_path / name, values, delimiter=",")
        assert (tmp_path / f"train/traj_0_to_255/0/{name}.csv").read_text() == (tmp_path / name).read_text()


def test_the_error_of_a_job_is_raised(tmp_path: Path) -> None:
    (tmp_path / "train").write_text("no folder")
    with pytest.raises(OSError, match="train"):
        write_robot_data(tmp_path, 0, {"train": 1})
