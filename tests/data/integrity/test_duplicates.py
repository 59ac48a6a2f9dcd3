"""Duplicate clips, and frames that two splits share."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from tests.data.integrity.damage import SHARD, P, problem_lines, split_counts
from tests.io.tfrecord_writer import converted, example, trajectory, write
from tests.tiny_pose import SIZE
from vidpred.data.integrity.scan import digests


def test_a_duplicate_clip(check: Callable[..., Any], robot: Path) -> None:
    clip, copies = robot / "train" / SHARD / "1", [robot / "train" / SHARD / "8", robot / "test" / "other" / "3"]
    for copy in copies:
        shutil.copytree(clip, copy)
        for t in range(9):  # the same pixels in other bytes
            with Image.open(copy / f"{t}.png") as image:
                image.save(copy / f"{t}.png", compress_level=0)
        (copy / "actions.csv").write_text("0,0,0,0\n" * 9)
    report = check("bair_robot", robot)
    assert problem_lines(report) == [
        f"train {copies[0]}: is the same clip as {clip}; leave one of them out",
        f"test {copies[1]}: is the same clip as {clip} in train, so that test does not measure generalization; "
        "leave it out of one of them",
    ]
    assert split_counts(report, "clips", "usable") == {"train": (6, 5), "validate": (2, 2), "test": (2, 1)}


def test_a_duplicate_record(check: Callable[..., Any], release: Path, robot_data: Path) -> None:
    copy = example(converted(robot_data / "train" / SHARD / "2"))
    file = write(release / "validate" / "more.tfrecords", [example(trajectory(9)), copy])
    (problem,) = problem_lines(check("bair_robot", release))
    assert problem == (
        f"validate {file}: record 1: is the same clip as {release}/train/{SHARD}.tfrecords: record 2 in train, so that "
        "validate does not measure generalization; leave it out of one of them"
    )


def test_a_part_of_the_training_video_in_another_split(check: Callable[..., Any], pose: Path) -> None:
    for t in range(3):
        shutil.copy(pose / P / f"{7 + t}.png", pose / f"val/val_img/{2 + t}.png")
    (problem,) = problem_lines(check("pose_video", pose))
    assert problem == (
        f"validate {pose}/val/val_img: 3 of its 6 frames are also in {pose}/{P} in train, "
        "so that validate does not measure generalization; leave it out of one of them"
    )


def test_a_complete_video_in_two_splits(check: Callable[..., Any], pose: Path) -> None:
    for kind in ("img", "label"):
        shutil.rmtree(pose / f"val/val_{kind}")
        shutil.copytree(pose / f"train/train_{kind}", pose / f"val/val_{kind}")
    (problem,) = problem_lines(check("pose_video", pose))
    assert problem.startswith(f"validate {pose}/val/val_img: is the same clip as {pose}/{P} in train")


def test_videos_with_one_frame_in_common_are_not_duplicates_but_those_with_equal_labels_are(
    check: Callable[..., Any], pose: Path
) -> None:
    """One frame in common, such as a blank one, is no leak."""
    images, labels = pose / "test/test_img", pose / "test/test_label"
    shutil.copy(images / "0/0.png", images / "10/0.png")
    shutil.copy(pose / P / "4.png", images / "1/0.png")
    for t in range(4):
        Image.new("RGB", SIZE[::-1]).save(pose / f"val/val_img/{t}.png")
        Image.new("RGB", SIZE[::-1]).save(pose / P / f"{t}.png")
    assert check("pose_video", pose)["problems"] == []
    shutil.rmtree(labels / "10")
    shutil.copytree(labels / "0", labels / "10")
    (problem,) = problem_lines(check("pose_video", pose))
    assert problem == f"test {images}/10: is the same clip as {images}/0; leave one of them out"


def test_digests_of_different_frames_differ() -> None:
    frames = torch.randint(0, 256, (3, 3, 4, 6), dtype=torch.uint8)
    before = digests(frames)
    assert (
        len(set(before.tolist())) == 3
        and before.tolist() == digests(frames.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)).tolist()
    )
    assert not set(before.tolist()) & set(digests(frames.reshape(3, 3, 6, 4)).tolist())
    frames[1, 2, 3, 5] ^= 1
    assert (digests(frames) == before).tolist() == [True, False, True]
