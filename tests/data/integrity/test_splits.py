"""Splits that are missing or empty, and clips that are there twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from tests.data.integrity.damage import SHARD, P, counted, told
from tests.io.tfrecord_writer import converted, example, trajectory, write
from tests.tiny_pose import SIZE
from vidpred.data.integrity.scan import digests


@pytest.mark.parametrize("empty", [False, True])
def test_splits_that_are_missing_or_empty(empty: bool, checked: Callable[..., Any], robot: Path, pose: Path) -> None:
    shutil.rmtree(robot / "test")
    shutil.rmtree(pose / "val")
    if empty:
        (robot / "test").mkdir()
        (pose / "val/val_img").mkdir(parents=True)
        (pose / "val/val_label").mkdir()
    (problem,) = told(checked("bair_robot", robot))
    assert problem.startswith(f"test {robot}/test: {'holds no trajectory' if empty else 'no such folder'}")
    found = checked("pose_video", pose)
    assert [problem.split(" (")[0].split(";")[0] for problem in told(found)] == (
        [f"validate {pose}/val/{folder}: holds no frames" for folder in ("val_img", "val_label")]
        if empty
        else [f"validate {pose}/val/val_img: no such folder"]
    )
    assert counted(found, "usable")["validate"] == (0,)


def test_nothing_is_there(checked: Callable[..., Any], tmp_path: Path) -> None:
    for name, said in (
        ("bair_robot", ["train {root}/train: no such folder", "test {root}/test: no such folder"]),
        (
            "pose_video",
            [
                f"{split} {{root}}/{short}/{short}_img: no such folder"
                for split, short in (("train", "train"), ("validate", "val"), ("test", "test"))
            ],
        ),
    ):
        found = checked(name, tmp_path)
        assert [problem.split(";")[0] for problem in told(found)] == [line.format(root=tmp_path) for line in said]
        assert found["splits"]["train"] == {
            "clips": 0,
            "usable": 0,
            "frames": 0,
            "conditions": 0,
            "shortest": None,
            "longest": None,
        }


def test_a_shard_without_trajectories(checked: Callable[..., Any], robot: Path) -> None:
    (robot / "train" / "traj_256_to_511").mkdir()
    found = checked("bair_robot", robot)
    assert told(found)[0].startswith(f"train {robot}/train/traj_256_to_511: holds no trajectory")
    assert counted(found, "clips", "usable")["train"] == (5, 5)


def test_a_clip_that_is_there_twice(checked: Callable[..., Any], robot: Path) -> None:
    clip, copies = robot / "train" / SHARD / "1", [robot / "train" / SHARD / "8", robot / "test" / "other" / "3"]
    for copy in copies:
        shutil.copytree(clip, copy)
        for t in range(9):  # the same pixels in other bytes
            with Image.open(copy / f"{t}.png") as image:
                image.save(copy / f"{t}.png", compress_level=0)
        (copy / "actions.csv").write_text("0,0,0,0\n" * 9)
    found = checked("bair_robot", robot)
    assert told(found) == [
        f"train {copies[0]}: is the same clip as {clip}; leave one of them out",
        f"test {copies[1]}: is the same clip as {clip} in train, so that test tells nothing about new data; leave it out of one of them",
    ]
    assert counted(found, "clips", "usable") == {"train": (6, 5), "validate": (2, 2), "test": (2, 1)}


def test_records_that_are_there_twice(checked: Callable[..., Any], release: Path, robot_data: Path) -> None:
    again = example(converted(robot_data / "train" / SHARD / "2"))
    file = write(release / "validate" / "more.tfrecords", [example(trajectory(9)), again])
    (problem,) = told(checked("bair_robot", release))
    assert problem == (
        f"validate {file}: record 1: is the same clip as {release}/train/{SHARD}.tfrecords: record 2 in train, so that "
        "validate tells nothing about new data; leave it out of one of them"
    )


def test_a_stretch_of_the_training_video_in_another_split(checked: Callable[..., Any], pose: Path) -> None:
    for t in range(3):
        shutil.copy(pose / P / f"{7 + t}.png", pose / f"val/val_img/{2 + t}.png")
    (problem,) = told(checked("pose_video", pose))
    assert problem == (
        f"validate {pose}/val/val_img: 3 of its 6 frames are also in {pose}/{P} in train, so that validate tells nothing about "
        "new data; leave it out of one of them"
    )


def test_a_whole_video_in_two_splits(checked: Callable[..., Any], pose: Path) -> None:
    for what in ("img", "label"):
        shutil.rmtree(pose / f"val/val_{what}")
        shutil.copytree(pose / f"train/train_{what}", pose / f"val/val_{what}")
    (problem,) = told(checked("pose_video", pose))
    assert problem.startswith(f"validate {pose}/val/val_img: is the same clip as {pose}/{P} in train")


def test_videos_that_begin_alike_are_not_the_same_but_those_with_the_same_labels_are(
    checked: Callable[..., Any], pose: Path
) -> None:
    """A blank or a first frame tells little: one frame in common is no leak."""
    images, labels = pose / "test/test_img", pose / "test/test_label"
    shutil.copy(images / "0/0.png", images / "10/0.png")
    shutil.copy(pose / P / "4.png", images / "1/0.png")
    for t in range(4):
        Image.new("RGB", SIZE[::-1]).save(pose / f"val/val_img/{t}.png")
        Image.new("RGB", SIZE[::-1]).save(pose / P / f"{t}.png")
    assert checked("pose_video", pose)["problems"] == []
    shutil.rmtree(labels / "10")
    shutil.copytree(labels / "0", labels / "10")
    (problem,) = told(checked("pose_video", pose))
    assert problem == f"test {images}/10: is the same clip as {images}/0; leave one of them out"


def test_digests_tell_frames_apart() -> None:
    frames = torch.randint(0, 256, (3, 3, 4, 6), dtype=torch.uint8)
    made = digests(frames)
    assert (
        len(set(made.tolist())) == 3
        and made.tolist() == digests(frames.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)).tolist()
    )
    assert not set(made.tolist()) & set(digests(frames.reshape(3, 3, 6, 4)).tolist())
    frames[1, 2, 3, 5] ^= 1
    assert (digests(frames) == made).tolist() == [True, False, True]
