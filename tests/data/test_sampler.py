"""Which windows an epoch shows, and the robot data set."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.conftest import write_robot_data, write_trajectory
from vidpred import DataError, Lengths
from vidpred.builtin.datasets.bair.dataset import BairRobot
from vidpred.data.loader import LoaderSettings, align_conditions, load_batches
from vidpred.data.sampler import SamplerSettings, evaluation_batches, steps_in_epoch, training_batches


def epoch(clips: int, number: int = 0, **options: Any) -> list[list[Any]]:
    lengths = [Lengths(9 + clip % 3, 9 + clip % 3) for clip in range(clips)]
    purpose = options.pop("purpose", "train")
    settings = SamplerSettings(**{"length": 6, "batch_size": 4, "seed": 1, **options})
    return training_batches(lengths, settings, number, purpose=purpose)


def test_an_epoch_shows_every_clip_once_and_the_last_batch_is_what_is_left() -> None:
    batches = epoch(10)
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert sorted(window_index.clip for batch in batches for window_index in batch) == list(range(10))
    assert [window_index.epoch_index for batch in batches for window_index in batch] == list(range(10))
    assert all(0 <= window_index.start <= 3 + window_index.clip % 3 for batch in batches for window_index in batch)


def test_epochs_and_seeds_differ_and_repeat() -> None:
    assert epoch(10) == epoch(10) != epoch(10, 1)
    assert epoch(10) != epoch(10, seed=2) and epoch(10) != epoch(10, purpose="batch_norm")


def test_asked_for_steps_repeat_clips_with_fresh_windows() -> None:
    batches = epoch(3, batches=5)
    assert [len(batch) for batch in batches] == [4] * 5
    shown = Counter(window_index.clip for batch in batches for window_index in batch)
    assert set(shown.values()) <= {6, 7}
    assert len({window_index.start for batch in batches for window_index in batch if window_index.clip == 0}) > 1


def test_windows_can_start_at_a_fixed_frame() -> None:
    assert {window_index.start for batch in epoch(10, start=2) for window_index in batch} == {2}


def test_batch_size_changes_no_window() -> None:
    def flat(size: int) -> list[Any]:
        return [window_index for batch in epoch(10, batch_size=size) for window_index in batch]

    assert flat(4) == flat(7) == flat(1)


def test_evaluation_shows_every_clip_from_its_first_frame() -> None:
    window_indices = [window_index for batch in evaluation_batches(5, 6, 2) for window_index in batch]
    assert [(window_index.clip, window_index.start) for window_index in window_indices] == [
        (clip, 0) for clip in range(5)
    ]


def test_steps_in_an_epoch() -> None:
    assert (steps_in_epoch(10, 4, 1, None), steps_in_epoch(10, 4, 2, None), steps_in_epoch(10, 4, 2, 7)) == (3, 2, 7)


def test_conditions_are_moved_by_the_lead() -> None:
    recorded = torch.arange(5.0)[:, None]
    assert align_conditions(recorded, 1).flatten().tolist() == [0, 0, 1, 2, 3]
    assert align_conditions(recorded, 0) is recorded


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


def test_positions_are_needed_only_where_they_are_asked_for(tmp_path: Path) -> None:
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


def test_workers_read_the_same_batches(robot_data: Path) -> None:
    split = BairRobot(BairRobot.Config(root=robot_data)).split("train")
    windows = training_batches(split.lengths, SamplerSettings(length=6, batch_size=2, seed=1), 0)
    alone, helped = (list(load_batches(split, windows, LoaderSettings(lead=1, workers=workers))) for workers in (0, 2))
    for batch, other in zip(alone, helped, strict=True):
        assert (
            batch.window_indices == other.window_indices
            and torch.equal(batch.frames, other.frames)
            and torch.equal(batch.conditions, other.conditions)
        )


def test_the_real_trajectory_is_read(real_data: Path) -> None:
    split = BairRobot(BairRobot.Config(root=real_data / "bair", conditions=["actions"])).split("test")
    assert list(split.lengths) == [Lengths(30, 30)]
    sample = split.read(0, 0, 30)
    assert torch.equal(sample.conditions[0], sample.conditions[1])  # real actions are repeated for two frames
    assert not list(split.problems([0]))
