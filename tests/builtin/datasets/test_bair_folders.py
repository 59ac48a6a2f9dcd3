"""The BAIR robot data set, as folders of PNG frames with CSV files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.conftest import write_robot_data, write_trajectory
from vidpred import DataError, Lengths
from vidpred.builtin.datasets.bair.dataset import BairRobot


def test_frames_are_sorted_by_number_and_shards_too(tmp_path: Path) -> None:
    for shard in ("traj_256_to_511.tfrecords", "traj_1024_to_1279"):
        for k in (0, 2, 10):
            write_trajectory(tmp_path / "train" / shard / str(k), 12, seed=k)
    split = BairRobot(BairRobot.Config(root=tmp_path)).split("train")
    everything = [BairRobot(BairRobot.Config(root=tmp_path)).split(name) for name in ("train", "validate")]
    assert sum(len(part.lengths) for part in everything) == 6
    names = [split.describe(index).split("/")[-2:] for index in range(len(split.lengths))]
    order = [("traj_256_to_511.tfrecords", k) for k in ("0", "2", "10")] + [
        ("traj_1024_to_1279", k) for k in ("0", "2", "10")
    ]
    assert [tuple(name) for name in names] == [name for name in order if list(name) in names]
    whole = split.read(0, 0, 12)
    late = split.read(0, 9, 3)
    assert torch.equal(whole.frames[9:], late.frames) and torch.equal(whole.conditions[9:], late.conditions)
    assert whole.frames.dtype == torch.uint8 and whole.frames.shape == (12, 3, 64, 64)


@pytest.mark.parametrize(
    ("conditions", "channels"), [(["actions"], 4), (["positions"], 3), (["positions", "actions"], 7), ([], 0)]
)
def test_conditions_are_chosen(robot_data: Path, conditions: list[str], channels: int) -> None:
    dataset = BairRobot(BairRobot.Config(root=robot_data, conditions=conditions))
    sample = dataset.split("train").read(0, 1, 3)
    assert dataset.condition.shape == (channels,) and sample.conditions.shape == (3, channels)


def test_positions_are_needed_only_if_they_are_chosen(tmp_path: Path) -> None:
    root = write_robot_data(tmp_path, positions=False)
    BairRobot(BairRobot.Config(root=root, conditions=["actions"])).split("train").read(0, 0, 3)
    with pytest.raises(DataError, match=r"endeffector_positions\.csv: is missing"):
        BairRobot(BairRobot.Config(root=root)).split("train").read(0, 0, 3)


def test_a_missing_validate_split_is_cut_off_the_training_one(tmp_path: Path) -> None:
    for k in range(10):
        write_trajectory(tmp_path / "train" / "traj_0_to_255" / str(k), 3, seed=k)
    splits = {}
    for seed in (0, 1):
        dataset = BairRobot(BairRobot.Config(root=tmp_path, validate_share=0.2, split_seed=seed))
        parts = [
            {split.describe(index) for index in range(len(split.lengths))}
            for split in (dataset.split("train"), dataset.split("validate"))
        ]
        assert len(parts[0]) == 8 and len(parts[1]) == 2 and not parts[0] & parts[1]
        splits[seed] = parts
    assert splits[0] != splits[1]


def test_the_real_trajectory_is_read(real_data: Path) -> None:
    split = BairRobot(BairRobot.Config(root=real_data / "bair", conditions=["actions"])).split("test")
    assert list(split.lengths) == [Lengths(30, 30)]
    sample = split.read(0, 0, 30)
    assert torch.equal(sample.conditions[0], sample.conditions[1])  # real actions are repeated for two frames
    assert not list(split.problems([0]))
