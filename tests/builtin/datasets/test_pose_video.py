"""The pose data set: the LAB4 layout, read as it is written."""

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


def drawn(frames: int, seed: int, size: tuple[int, int] = SIZE) -> tuple[Tensor, Tensor]:
    """What was drawn: frames and skeletons, uint8 [T, 3, H, W]."""
    pairs = [draw(t, seed, size) for t in range(frames)]
    return torch.stack([pixels(frame) for frame, _ in pairs]), torch.stack([pixels(skeleton) for _, skeleton in pairs])


def assert_reads(split: Split, index: int, frames: int, conditions: int, seed: int) -> None:
    """The clip is the one that was drawn with this seed, skeleton t beside frame t."""
    sample = split.read(index, 0, conditions)
    assert tuple(split.lengths[index]) == (frames, conditions)
    assert torch.equal(sample.frames, drawn(frames, seed)[0])
    assert torch.equal(sample.conditions * 255, drawn(conditions, seed)[1].float())


@pytest.mark.parametrize(
    ("name", "first"),
    [("{}.png", 0), ("frame{}.png", 0), ("{:05d}.png", 0), ("frame_{:02d}.png", 0), ("cam2-{}.png", 1), ("{}.png", 7)],
)
def test_frames_are_sorted_by_the_number_that_their_names_end_in(name: str, first: int, tmp_path: Path) -> None:
    data = dataset(write_pose_data(tmp_path, name=name, first=first))
    assert_reads(data.split("train"), 0, 12, 12, seed=0)
    assert_reads(data.split("validate"), 0, 6, 6, seed=1)
    assert_reads(data.split("test"), 1, 1, 7, seed=3)


def test_other_files_beside_the_frames_do_not_matter(tmp_path: Path) -> None:
    root = write_pose_data(tmp_path)
    for folder in (root / IMAGES, root / LABELS):
        (folder / "notes.txt").write_text("13.png")
        (folder / "0.jpg").write_bytes(b"no PNG")
    assert_reads(dataset(root).split("train"), 0, 12, 12, seed=0)


def test_a_frames_condition_is_its_own_skeleton_in_0_to_1(tmp_path: Path) -> None:
    split = dataset(write_pose_data(tmp_path)).split("train")
    assert PoseVideo.lead == 0
    for t in range(12):
        sample = split.read(0, t, 1)
        frame, skeleton = draw(t, 0)
        assert sample.frames.dtype == torch.uint8 and sample.conditions.dtype == torch.float32
        assert torch.equal(sample.frames[0], pixels(frame)) and torch.equal(
            sample.conditions[0], pixels(skeleton) / 255
        )
    assert sample.conditions.min() == 0 and sample.conditions.max() == 1


def test_a_window_is_a_part_of_the_whole(tmp_path: Path) -> None:
    split = dataset(write_pose_data(tmp_path)).split("train")
    whole, window = split.read(0, 0, 12), split.read(0, 5, 4)
    assert torch.equal(window.frames, whole.frames[5:9]) and torch.equal(window.conditions, whole.conditions[5:9])


@pytest.mark.parametrize(("fraction", "train", "validate"), [(1.0, 12, 6), (0.5, 6, 3), (0.25, 3, 2), (0.001, 1, 1)])
def test_a_fraction_is_the_first_part_of_training_and_validation(
    fraction: float, train: int, validate: int, tmp_path: Path
) -> None:
    data = dataset(write_pose_data(tmp_path), fraction=fraction)
    assert_reads(data.split("train"), 0, train, train, seed=0)
    assert_reads(data.split("validate"), 0, validate, validate, seed=1)
    assert [tuple(has) for has in data.split("test").lengths] == [(1, 5), (1, 7), (1, 5)]


def test_test_videos_come_by_number_and_need_no_more_than_a_first_frame(tmp_path: Path) -> None:
    root = write_pose_data(tmp_path, tests={"10": (1, 4), "2": (1, 9), "0": (3, 5), "1": (6, 6)})
    split = dataset(root).split("test")
    assert list(split.lengths) == [Lengths(3, 5), Lengths(6, 6), Lengths(1, 9), Lengths(1, 4)]
    for index, (frames, conditions, seed) in enumerate([(3, 5, 4), (6, 6, 5), (1, 9, 3), (1, 4, 2)]):
        assert_reads(split, index, frames, conditions, seed)
    late = split.read(2, 4, 3)
    assert late.frames.shape == (0, 3, *SIZE) and torch.equal(late.conditions * 255, drawn(9, 3)[1][4:7].float())
    assert [Path(split.describe(index)).name for index in range(4)] == ["0", "1", "2", "10"]


@pytest.mark.parametrize("size", [(8, 8), (16, 32), (32, 64), (33, 17), (64, 64), (12, 100)])
def test_frames_and_skeletons_are_resized_with_antialiasing(size: tuple[int, int], tmp_path: Path) -> None:
    """As torchvision has it; and as Pillow, to a level: both ways, down and up, from 32x48."""
    split = dataset(write_pose_data(tmp_path, size=(32, 48), train=3), size=size).split("train")
    sample = split.read(0, 0, 3)
    for t, made in enumerate(sample.frames):
        images = draw(t, 0, (32, 48))
        for image, own in zip(images, (made, (sample.conditions[t] * 255).round().byte()), strict=True):
            assert own.shape == (3, *size)
            assert torch.equal(own, resize(pixels(image), list(size), antialias=True))
            assert (own.int() - pixels(image.resize(size[::-1], Image.Resampling.BILINEAR)).int()).abs().max() <= 1


def test_without_antialiasing_it_would_be_another(tmp_path: Path) -> None:
    split = dataset(write_pose_data(tmp_path, size=(64, 96))).split("train")
    rough = resize(pixels(draw(0, 0, (64, 96))[0]), list(SIZE), antialias=False)
    assert (split.read(0, 0, 1).frames[0].int() - rough.int()).abs().max() > 10


def test_frames_of_the_right_size_are_as_they_were_and_others_among_them_are_resized(tmp_path: Path) -> None:
    root = write_pose_data(tmp_path)
    for folder, image in zip((IMAGES, LABELS), draw(3, 9, (20, 40)), strict=True):
        image.save(root / folder / "3.png")
    sample = dataset(root).split("train").read(0, 2, 3)
    assert sample.frames.shape == sample.conditions.shape == (3, 3, *SIZE)
    assert torch.equal(sample.frames[[0, 2]], drawn(5, 0)[0][[2, 4]])
    assert not list(dataset(root).split("train").problems([0]))


def test_shapes_follow_from_the_settings_alone(tmp_path: Path) -> None:
    data = check_component(PoseVideo, root=tmp_path / "nowhere", size=(24, 40))
    assert data.frame == data.condition == FeatureSpec(3, (24, 40))
    assert check_component(PoseVideo).frame == FeatureSpec(3, (32, 64))


def test_a_split_says_all_that_is_wrong_with_it(tmp_path: Path) -> None:
    root = write_pose_data(tmp_path)
    split = dataset(root).split("train")
    assert not list(split.problems([0]))
    (root / IMAGES / "3.png").write_bytes(b"no image")
    Image.new("L", SIZE[::-1]).save(root / LABELS / "8.png")
    problems = list(split.problems([0]))
    assert [str(problem.path) for problem in problems] == [str(root / IMAGES / "3.png"), str(root / LABELS / "8.png")]


def test_the_real_videos_are_read(real_data: Path) -> None:
    data = PoseVideo(PoseVideo.Config(root=real_data / "pose"))
    lengths = [list(data.split(name).lengths) for name in ("train", "validate", "test")]
    assert lengths == [[Lengths(1258, 1258)], [Lengths(629, 629)], [Lengths(1, 629)]]
    sample = data.split("validate").read(0, 600, 29)
    assert sample.frames.shape == (29, 3, 32, 64) and sample.conditions.amax() > 0.5
