"""The pose data set reads the LAB4 layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms.v2.functional import resize

from tests.tiny_pose import SIZE, draw, write_pose_data
from vidpred import FeatureSpec, Lengths, Split
from vidpred.builtin.datasets.pose.dataset import PoseVideo
from vidpred.testing import check_component

IMAGES, LABELS = "train/train_img", "train/train_label"


def dataset(root: Path, **changes: Any) -> PoseVideo:
    return PoseVideo(PoseVideo.Config(root=root, **{"size": SIZE, **changes}))


def pixels(image: Image.Image) -> Tensor:
    """uint8 [3, H, W]."""
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)


def draw_video(frames: int, seed: int, size: tuple[int, int] = SIZE) -> tuple[Tensor, Tensor]:
    """Draw the frames and skeletons of `write_pose_data`, uint8 [T, 3, H, W]."""
    pairs = [draw(t, seed, size) for t in range(frames)]
    return torch.stack([pixels(frame) for frame, _ in pairs]), torch.stack([pixels(skeleton) for _, skeleton in pairs])


def assert_reads(split: Split, index: int, frames: int, conditions: int, seed: int) -> None:
    """The clip is the one that was drawn with this seed, skeleton t beside frame t."""
    window = split.read(index, 0, conditions)
    assert tuple(split.lengths[index]) == (frames, conditions)
    assert torch.equal(window.frames, draw_video(frames, seed)[0])
    assert torch.equal(window.conditions * 255, draw_video(conditions, seed)[1].float())


@pytest.mark.parametrize(
    ("name", "first"),
    [("{}.png", 0), ("frame{}.png", 0), ("{:05d}.png", 0), ("frame_{:02d}.png", 0), ("cam2-{}.png", 1), ("{}.png", 7)],
)
def test_frames_are_sorted_by_the_number_that_their_names_end_in(name: str, first: int, tmp_path: Path) -> None:
    data = dataset(write_pose_data(tmp_path, name=name, first=first))
    assert_reads(data.split("train"), 0, 12, 12, seed=0)
    assert_reads(data.split("validate"), 0, 6, 6, seed=1)
    assert_reads(data.split("test"), 1, 1, 7, seed=3)


def test_other_files_beside_the_frames_are_ignored(tmp_path: Path) -> None:
    root = write_pose_data(tmp_path)
    for folder in (root / IMAGES, root / LABELS):
        (folder / "notes.txt").write_text("13.png")
        (folder / "0.jpg").write_bytes(b"no PNG")
    assert_reads(dataset(root).split("train"), 0, 12, 12, seed=0)


def test_a_frames_condition_is_its_own_skeleton_in_0_to_1(tmp_path: Path) -> None:
    split = dataset(write_pose_data(tmp_path)).split("train")
    assert PoseVideo.lead == 0
    for t in range(12):
        window = split.read(0, t, 1)
        frame, skeleton = draw(t, 0)
        assert window.frames.dtype == torch.uint8 and window.conditions.dtype == torch.float32
        assert torch.equal(window.frames[0], pixels(frame)) and torch.equal(
            window.conditions[0], pixels(skeleton) / 255
        )
    assert window.conditions.min() == 0 and window.conditions.max() == 1


def test_a_window_is_a_part_of_the_video(tmp_path: Path) -> None:
    split = dataset(write_pose_data(tmp_path)).split("train")
    video, window = split.read(0, 0, 12), split.read(0, 5, 4)
    assert torch.equal(window.frames, video.frames[5:9]) and torch.equal(window.conditions, video.conditions[5:9])


@pytest.mark.parametrize(("fraction", "train", "validate"), [(1.0, 12, 6), (0.5, 6, 3), (0.25, 3, 2), (0.001, 1, 1)])
def test_a_fraction_is_the_first_part_of_training_and_validation(
    fraction: float, train: int, validate: int, tmp_path: Path
) -> None:
    data = dataset(write_pose_data(tmp_path), fraction=fraction)
    assert_reads(data.split("train"), 0, train, train, seed=0)
    assert_reads(data.split("validate"), 0, validate, validate, seed=1)
    assert [tuple(lengths) for lengths in data.split("test").lengths] == [(1, 5), (1, 7), (1, 5)]


def test_test_videos_are_sorted_by_number_and_need_only_a_first_frame(tmp_path: Path) -> None:
    root = write_pose_data(tmp_path, tests={"10": (1, 4), "2": (1, 9), "0": (3, 5), "1": (6, 6)})
    split = dataset(root).split("test")
    assert list(split.lengths) == [Lengths(3, 5), Lengths(6, 6), Lengths(1, 9), Lengths(1, 4)]
    for index, (frames, conditions, seed) in enumerate([(3, 5, 4), (6, 6, 5), (1, 9, 3), (1, 4, 2)]):
        assert_reads(split, index, frames, conditions, seed)
    late = split.read(2, 4, 3)
    assert late.frames.shape == (0, 3, *SIZE) and torch.equal(late.conditions * 255, draw_video(9, 3)[1][4:7].float())
    assert [Path(split.describe(index)).name for index in range(4)] == ["0", "1", "2", "10"]


@pytest.mark.parametrize("size", [(8, 8), (16, 32), (32, 64), (33, 17), (64, 64), (12, 100)])
def test_frames_and_skeletons_are_resized_with_antialiasing(size: tuple[int, int], tmp_path: Path) -> None:
    """Exactly as torchvision does, and as Pillow does within one level; down and up from 32x48."""
    split = dataset(write_pose_data(tmp_path, size=(32, 48), train=3), size=size).split("train")
    window = split.read(0, 0, 3)
    for t, frame in enumerate(window.frames):
        images = draw(t, 0, (32, 48))
        for image, resized in zip(images, (frame, (window.conditions[t] * 255).round().byte()), strict=True):
            assert resized.shape == (3, *size)
            assert torch.equal(resized, resize(pixels(image), list(size), antialias=True))
            assert (resized.int() - pixels(image.resize(size[::-1], Image.Resampling.BILINEAR)).int()).abs().max() <= 1


def test_resizing_without_antialiasing_differs(tmp_path: Path) -> None:
    split = dataset(write_pose_data(tmp_path, size=(64, 96))).split("train")
    aliased = resize(pixels(draw(0, 0, (64, 96))[0]), list(SIZE), antialias=False)
    assert (split.read(0, 0, 1).frames[0].int() - aliased.int()).abs().max() > 10


def test_only_frames_of_another_size_are_resized(tmp_path: Path) -> None:
    root = write_pose_data(tmp_path)
    for folder, image in zip((IMAGES, LABELS), draw(3, 9, (20, 40)), strict=True):
        image.save(root / folder / "3.png")
    window = dataset(root).split("train").read(0, 2, 3)
    assert window.frames.shape == window.conditions.shape == (3, 3, *SIZE)
    assert torch.equal(window.frames[[0, 2]], draw_video(5, 0)[0][[2, 4]])
    assert not list(dataset(root).split("train").problems([0]))


def test_shapes_follow_from_the_settings_alone(tmp_path: Path) -> None:
    data = check_component(PoseVideo, root=tmp_path / "nowhere", size=(24, 40))
    assert data.frame == data.condition == FeatureSpec(3, (24, 40))
    assert check_component(PoseVideo).frame == FeatureSpec(3, (32, 64))


def test_a_split_reports_all_problems(tmp_path: Path) -> None:
    root = write_pose_data(tmp_path)
    split = dataset(root).split("train")
    assert not list(split.problems([0]))
    (root / IMAGES / "3.png").write_bytes(b"no image")
    Image.new("L", SIZE[::-1]).save(root / LABELS / "8.png")
    problems = list(split.problems([0]))
    assert [str(problem.path) for problem in problems] == [str(root / IMAGES / "3.png"), str(root / LABELS / "8.png")]


def test_real_videos_are_read(real_data: Path) -> None:
    data = PoseVideo(PoseVideo.Config(root=real_data / "pose"))
    lengths = [list(data.split(name).lengths) for name in ("train", "validate", "test")]
    assert lengths == [[Lengths(1258, 1258)], [Lengths(629, 629)], [Lengths(1, 629)]]
    window = data.split("validate").read(0, 600, 29)
    assert window.frames.shape == (29, 3, 32, 64) and window.conditions.amax() > 0.5
