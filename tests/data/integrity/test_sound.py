"""What is sound is counted, and nothing is said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.conftest import write_trajectory
from tests.data.integrity.damage import SHARD, counted, inspected, told
from tests.tiny_pose import SIZE, write_pose_data
from vidpred import Window
from vidpred.builtin.datasets.bair import tfrecords as bair_tfrecords
from vidpred.builtin.datasets.bair.dataset import BairRobot
from vidpred.builtin.datasets.pose.dataset import PoseVideo


def test_sound_folders(checked: Callable[..., Any], robot: Path) -> None:
    found = checked("bair_robot", robot)
    assert found["problems"] == []
    assert counted(found, "clips", "usable", "frames", "conditions") == {
        "train": (5, 5, 45, 45),
        "validate": (2, 2, 18, 18),
        "test": (1, 1, 9, 9),
    }


def test_sound_tfrecords_and_each_is_read_once(
    checked: Callable[..., Any], release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[str, int]] = []
    original = bair_tfrecords.read_record

    def counting(path: Path, number: int, offset: int) -> bytes:
        read.append((path.parent.name, number))
        return original(path, number, offset)

    monkeypatch.setattr(bair_tfrecords, "read_record", counting)
    found = checked("bair_robot", release)
    assert found["problems"] == []
    assert counted(found, "clips", "usable", "frames", "conditions") == {
        "train": (5, 5, 45, 45),
        "validate": (2, 2, 18, 18),
        "test": (1, 1, 9, 9),
    }
    assert sorted(read) == [("test", 0), *(("train", number) for number in range(5)), ("validate", 0), ("validate", 1)]


def test_sound_pose_video(checked: Callable[..., Any], pose: Path) -> None:
    found = checked("pose_video", pose)
    assert found["problems"] == []
    assert counted(found, "clips", "usable", "frames", "conditions") == {
        "train": (1, 1, 12, 12),
        "validate": (1, 1, 6, 6),
        "test": (3, 3, 3, 17),
    }
    ends = found["splits"]["test"]
    assert ends["longest"] == {"clip": f"{pose}/test/test_img/1", "frames": 1, "conditions": 7}
    assert ends["shortest"] == {"clip": f"{pose}/test/test_img/0", "frames": 1, "conditions": 5}


def test_what_the_terminal_says(vidpred: Callable[..., Any], robot: Path, pose: Path) -> None:
    write_trajectory(robot / "train" / SHARD / "7", 4, seed=7)
    shown = vidpred("data", "check", robot, "--dataset", "bair_robot")
    assert shown.code == 0 and not shown.errors
    *table, last = shown.output.splitlines()
    assert table == [
        f"bair_robot in {robot}",
        "split     clips  usable  frames  of a clip",
        f"train     6      6       49      4 frames ({robot}/train/{SHARD}/7) to 9 frames ({robot}/train/{SHARD}/4)",
        "validate  2      2       18      9 frames",
        "test      1      1       9       9 frames",
    ]
    assert last.startswith("9 clips with 76 frames read in ") and last.endswith("s: all is well")
    (robot / "train" / SHARD / "7" / "1.png").write_bytes(b"")
    (robot / "test" / SHARD / "0" / "actions.csv").unlink()
    shown = vidpred("data", "check", robot, "--dataset", "bair_robot")
    assert shown.code == 1
    lines = shown.output.splitlines()
    assert lines[0] == "train: 1 problem" and lines[1].startswith(
        f"  {robot}/train/{SHARD}/7/1.png: cannot be read as an image"
    )
    assert lines[3] == "test: 1 problem" and lines[4].startswith(f"  {robot}/test/{SHARD}/0/actions.csv: is missing")
    assert lines[8].split()[:4] == ["train", "6", "5", "48"] and lines[-1].endswith(
        "2 problems; 7 of 9 clips can be used"
    )
    assert "1 frame and 5 conditions" in vidpred("data", "check", pose, "--dataset", "pose_video").output


def test_settings_say_what_is_needed(checked: Callable[..., Any], robot: Path) -> None:
    for csv in robot.rglob("endeffector_positions.csv"):
        csv.unlink()
    assert len(checked("bair_robot", robot)["problems"]) == 8
    for name in ("conditions", "data.conditions"):
        assert checked("bair_robot", robot, f"{name}=[actions]")["problems"] == []


def test_the_default_reads_labels_beyond_the_last_frame(tmp_path: Path) -> None:
    """As the engine asks for them: with frames before them."""

    class Longer(PoseVideo):
        def check_units(self, name: Any) -> Any:
            return super(PoseVideo, self).check_units(name)

    root = write_pose_data(tmp_path, train=130, tests={"0": (1, 140)})
    found = inspected(Longer(Longer.Config(root=root, size=SIZE)), root)
    assert not found.problems and [(split.frames, split.conditions) for split in found.splits.values()] == [
        (130, 130),
        (6, 6),
        (1, 140),
    ]


def test_what_a_part_yields_is_on_disk(robot: Path, release: Path, pose: Path) -> None:
    """Frames and conditions in order, all of them, whatever reads them."""
    for dataset in (
        BairRobot(BairRobot.Config(root=robot)),
        BairRobot(BairRobot.Config(root=release)),
        PoseVideo(PoseVideo.Config(root=pose, size=SIZE)),
    ):
        split = dataset.split("train")
        whole = split.read(0, 0, split.lengths[0].frames)
        parts = [part for part in dataset.check_units("train") if part.clip == split.describe(0)]
        samples = [found for part in parts for found in part.read() if isinstance(found, Window)]
        assert torch.equal(torch.cat([sample.frames for sample in samples if len(sample.frames)]), whole.frames)
        assert torch.equal(
            torch.cat([sample.conditions for sample in samples if len(sample.conditions)]), whole.conditions
        )


def test_real_frames(checked: Callable[..., Any], real_data: Path) -> None:
    """The one real trajectory is in all three splits, and has no positions; the real videos are sound."""
    found = checked("bair_robot", real_data / "bair", "conditions=[actions]")
    assert [problem.split(": ", 1)[1].split(" in ")[0] for problem in told(found)] == [
        f"is the same clip as {real_data}/bair/train/traj_0_to_255/0"
    ] * 2
    assert [problem.split()[0] for problem in told(found)] == ["validate", "test"]
    assert len(checked("bair_robot", real_data / "bair")["problems"]) == 5
    found = checked("pose_video", real_data / "pose")
    assert found["problems"] == [] and counted(found, "frames", "conditions") == {
        "train": (1258, 1258),
        "validate": (629, 629),
        "test": (1, 629),
    }
