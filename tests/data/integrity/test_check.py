"""Undamaged data are counted and have no problem; splits that are missing or empty have one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.data.integrity.damage import check_without_command, problem_lines, split_counts
from tests.tiny_pose import SIZE, write_pose_data
from vidpred import Window
from vidpred.builtin.datasets.bair import trajectory_record
from vidpred.builtin.datasets.bair.dataset import BairRobot
from vidpred.builtin.datasets.pose.dataset import PoseVideo


def test_undamaged_folders(check: Callable[..., Any], robot: Path) -> None:
    report = check("bair_robot", robot)
    assert report["problems"] == []
    assert split_counts(report, "clips", "usable", "frames", "conditions") == {
        "train": (5, 5, 45, 45),
        "validate": (2, 2, 18, 18),
        "test": (1, 1, 9, 9),
    }


def test_undamaged_tfrecords_are_read_once(
    check: Callable[..., Any], release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[str, int]] = []
    original = trajectory_record.read_record

    def counted_read(path: Path, number: int, offset: int) -> bytes:
        read.append((path.parent.name, number))
        return original(path, number, offset)

    monkeypatch.setattr(trajectory_record, "read_record", counted_read)
    report = check("bair_robot", release)
    assert report["problems"] == []
    assert split_counts(report, "clips", "usable", "frames", "conditions") == {
        "train": (5, 5, 45, 45),
        "validate": (2, 2, 18, 18),
        "test": (1, 1, 9, 9),
    }
    assert sorted(read) == [("test", 0), *(("train", number) for number in range(5)), ("validate", 0), ("validate", 1)]


def test_undamaged_pose_video(check: Callable[..., Any], pose: Path) -> None:
    report = check("pose_video", pose)
    assert report["problems"] == []
    assert split_counts(report, "clips", "usable", "frames", "conditions") == {
        "train": (1, 1, 12, 12),
        "validate": (1, 1, 6, 6),
        "test": (3, 3, 3, 17),
    }
    ends = report["splits"]["test"]
    assert ends["longest"] == {"clip": f"{pose}/test/test_img/1", "frames": 1, "conditions": 7}
    assert ends["shortest"] == {"clip": f"{pose}/test/test_img/0", "frames": 1, "conditions": 5}


def test_only_the_tables_of_the_settings_are_needed(check: Callable[..., Any], robot: Path) -> None:
    for csv in robot.rglob("endeffector_positions.csv"):
        csv.unlink()
    assert len(check("bair_robot", robot)["problems"]) == 8
    for name in ("conditions", "data.conditions"):
        assert check("bair_robot", robot, f"{name}=[actions]")["problems"] == []


def test_the_default_reads_labels_beyond_the_last_frame(tmp_path: Path) -> None:
    """The engine reads them together with the frames before them."""

    class Longer(PoseVideo):
        def check_units(self, name: Any) -> Any:
            return super(PoseVideo, self).check_units(name)

    root = write_pose_data(tmp_path, train=130, tests={"0": (1, 140)})
    report = check_without_command(Longer(Longer.Config(root=root, size=SIZE)))
    assert not report.problems and [(split.frames, split.conditions) for split in report.splits.values()] == [
        (130, 130),
        (6, 6),
        (1, 140),
    ]


def test_check_units_yield_the_data_of_the_split(robot: Path, release: Path, pose: Path) -> None:
    """All frames and conditions in order, for each layout."""
    for dataset in (
        BairRobot(BairRobot.Config(root=robot)),
        BairRobot(BairRobot.Config(root=release)),
        PoseVideo(PoseVideo.Config(root=pose, size=SIZE)),
    ):
        split = dataset.split("train")
        window = split.read(0, 0, split.lengths[0].frames)
        units = [unit for unit in dataset.check_units("train") if unit.clip == split.describe(0)]
        results = [result for unit in units for result in unit.read() if isinstance(result, Window)]
        assert torch.equal(torch.cat([result.frames for result in results if len(result.frames)]), window.frames)
        assert torch.equal(
            torch.cat([result.conditions for result in results if len(result.conditions)]), window.conditions
        )


@pytest.mark.parametrize("empty", [False, True])
def test_splits_that_are_missing_or_empty(empty: bool, check: Callable[..., Any], robot: Path, pose: Path) -> None:
    shutil.rmtree(robot / "test")
    shutil.rmtree(pose / "val")
    if empty:
        (robot / "test").mkdir()
        (pose / "val/val_img").mkdir(parents=True)
        (pose / "val/val_label").mkdir()
    (problem,) = problem_lines(check("bair_robot", robot))
    assert problem.startswith(f"test {robot}/test: {'holds no trajectory' if empty else 'no such folder'}")
    report = check("pose_video", pose)
    assert [problem.split(" (")[0].split(";")[0] for problem in problem_lines(report)] == (
        [f"validate {pose}/val/{folder}: holds no frames" for folder in ("val_img", "val_label")]
        if empty
        else [f"validate {pose}/val/val_img: no such folder"]
    )
    assert split_counts(report, "usable")["validate"] == (0,)


def test_an_empty_root(check: Callable[..., Any], tmp_path: Path) -> None:
    for name, expected in (
        ("bair_robot", ["train {root}/train: no such folder", "test {root}/test: no such folder"]),
        (
            "pose_video",
            [
                f"{split} {{root}}/{short}/{short}_img: no such folder"
                for split, short in (("train", "train"), ("validate", "val"), ("test", "test"))
            ],
        ),
    ):
        report = check(name, tmp_path)
        assert [problem.split(";")[0] for problem in problem_lines(report)] == [
            line.format(root=tmp_path) for line in expected
        ]
        assert report["splits"]["train"] == {
            "clips": 0,
            "usable": 0,
            "frames": 0,
            "conditions": 0,
            "shortest": None,
            "longest": None,
        }


def test_a_shard_without_trajectories(check: Callable[..., Any], robot: Path) -> None:
    (robot / "train" / "traj_256_to_511").mkdir()
    report = check("bair_robot", robot)
    assert problem_lines(report)[0].startswith(f"train {robot}/train/traj_256_to_511: holds no trajectory")
    assert split_counts(report, "clips", "usable")["train"] == (5, 5)


def test_real_frames(check: Callable[..., Any], real_data: Path) -> None:
    """The one real trajectory is in all three splits, and has no positions; the real videos have no problems."""
    report = check("bair_robot", real_data / "bair", "conditions=[actions]")
    assert [problem.split(": ", 1)[1].split(" in ")[0] for problem in problem_lines(report)] == [
        f"is the same clip as {real_data}/bair/train/traj_0_to_255/0"
    ] * 2
    assert [problem.split()[0] for problem in problem_lines(report)] == ["validate", "test"]
    assert len(check("bair_robot", real_data / "bair")["problems"]) == 5
    report = check("pose_video", real_data / "pose")
    assert report["problems"] == [] and split_counts(report, "frames", "conditions") == {
        "train": (1258, 1258),
        "validate": (629, 629),
        "test": (1, 629),
    }
