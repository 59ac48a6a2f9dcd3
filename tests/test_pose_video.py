"""The pose data set: the LAB4 layout, read as it is written; and what is said where it is not as it should be."""
from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms.v2.functional import resize

from tests.tiny_pose import SIZE, draw, pose_recipe, settings, trained, write, write_pose_data
from vidpred import FeatureSpec, Lengths, Split
from vidpred.builtin.datasets.pose_video import PoseVideo
from vidpred.testing import check_component

Refused = Callable[..., str]
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


# reading

@pytest.mark.parametrize(("name", "first"), [
    ("{}.png", 0), ("frame{}.png", 0), ("{:05d}.png", 0), ("frame_{:02d}.png", 0), ("cam2-{}.png", 1), ("{}.png", 7)])
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
        assert torch.equal(sample.frames[0], pixels(frame)) and torch.equal(sample.conditions[0], pixels(skeleton) / 255)
    assert sample.conditions.min() == 0 and sample.conditions.max() == 1


def test_a_window_is_a_part_of_the_whole(tmp_path: Path) -> None:
    split = dataset(write_pose_data(tmp_path)).split("train")
    whole, window = split.read(0, 0, 12), split.read(0, 5, 4)
    assert torch.equal(window.frames, whole.frames[5:9]) and torch.equal(window.conditions, whole.conditions[5:9])


@pytest.mark.parametrize(("fraction", "train", "validate"), [(1.0, 12, 6), (0.5, 6, 3), (0.25, 3, 2), (0.001, 1, 1)])
def test_a_fraction_is_the_first_part_of_training_and_validation(fraction: float, train: int, validate: int, tmp_path: Path) -> None:
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
    assert [problem.split(": ")[0] for problem in problems] == [str(root / IMAGES / "3.png"), str(root / LABELS / "8.png")]


def test_the_real_videos_are_read(real_data: Path) -> None:
    data = PoseVideo(PoseVideo.Config(root=real_data / "pose"))
    lengths = [list(data.split(name).lengths) for name in ("train", "validate", "test")]
    assert lengths == [[Lengths(1258, 1258)], [Lengths(629, 629)], [Lengths(1, 629)]]
    sample = data.split("validate").read(0, 600, 29)
    assert sample.frames.shape == (29, 3, 32, 64) and sample.conditions.amax() > 0.5


# bad input

@pytest.fixture(autouse=True)
def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidpred.build.draw", lambda folder, _: folder)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_pose_data(tmp_path / "data")


@pytest.fixture
def refused(vidpred: Callable[..., Any], tmp_path: Path) -> Refused:
    """refused("run", recipe, …): the one message that this ends in."""
    def call(*arguments: object) -> str:
        outcome = vidpred(*arguments)
        message = str(outcome.errors)
        assert outcome.code == 2, outcome
        assert message.startswith("error: ") and message.count("error: ") == 1, message
        for noise in ("Traceback", "pydantic", "Input should", "<class", "NoneType", "tuple"):
            assert noise not in message, message
        return message
    return call


@pytest.fixture
def run_refused(refused: Refused, root: Path, tmp_path: Path) -> Refused:
    """The message that `vidpred run` on the data ends in, with these settings. It leaves no run folder."""
    recipe = write(tmp_path / "tiny.yaml", pose_recipe(tmp_path / "elsewhere"))

    def call(*changes: str) -> str:
        message = refused("run", recipe, "--out", tmp_path / "out", "--device", "cpu", *settings(f"data.root={root}", *changes))
        assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir()), "a run folder was left"
        return message
    return call


def test_the_recipe_runs_on_data_that_are_as_they_should_be(root: Path, vidpred: Callable[..., Any], tmp_path: Path) -> None:
    recipe = write(tmp_path / "tiny.yaml", pose_recipe(tmp_path / "elsewhere"))
    assert vidpred("run", recipe, "--out", tmp_path / "out", "--device", "cpu", *settings(f"data.root={root}")).code == 0


def without(*names: str) -> Callable[[Path], None]:
    def damage(root: Path) -> None:
        for name in names:
            (root / name).unlink()
    return damage


def emptied(split: str, *, keep: str = "") -> Callable[[Path], None]:
    def damage(root: Path) -> None:
        for path in (root / split).rglob("*.png"):
            if path.name != keep:
                path.unlink()
    return damage


def cut(root: Path) -> None:
    frame = root / IMAGES / "5.png"
    frame.write_bytes(frame.read_bytes()[:len(frame.read_bytes()) // 2])


def saved(name: str, mode: str = "RGB", size: tuple[int, int] = SIZE) -> Callable[[Path], None]:
    return lambda root: Image.new(mode, size[::-1]).save(root / name)


DAMAGE = {          # what is done to the data, and what is said of it
    "no label": (without(f"{LABELS}/11.png"),
                 "{labels}/11.png: is missing, though {images}/11.png is there; each frame needs a label of the same name"),
    "no labels": (without(*(f"{LABELS}/{t}.png" for t in (9, 10, 11))),
                  "{labels}/9.png: is missing, though {images}/9.png is there (and 2 more like this); each frame needs"),
    "no frame": (without(f"{IMAGES}/11.png"), "{images}/11.png: is missing, though {labels}/11.png is there"),
    "no first frame": (without(f"{IMAGES}/0.png"), "{images}/0.png: is missing, though {labels}/0.png is there"),
    "no label in the middle": (without(f"{LABELS}/4.png"), "{labels}/4.png: "),
    "no validation label": (without("val/val_label/5.png"), "{root}/val/val_label/5.png: is missing"),
    "a gap": (without(f"{IMAGES}/4.png", f"{LABELS}/4.png"),
              "{images}/4.png: this frame is missing, though the folder goes on to 11.png; restore it"),
    "a label of another size": (saved(f"{LABELS}/4.png", size=(16, 32)),
                                "{labels}/4.png: is 16x32, but its frame in {images} is 8x16 (height x width)"),
    "a validation label of another size": (saved("val/val_label/5.png", size=(8, 8)), "{root}/val/val_label/5.png: is 8x8, but its frame in "),
    "no training frames": (emptied("train"), "{images}: holds no frames (0.png, 1.png, …)"),
    "no validation frames": (emptied("val"), "{root}/val/val_img: holds no frames (0.png, 1.png, …)"),
    "no labels at all": (emptied(LABELS), "{labels}: holds no frames"),
    "no folder of labels": (lambda root: shutil.rmtree(root / LABELS), "{labels}: no such folder; folders in {root}/train: train_img"),
    "no folder of validation": (lambda root: shutil.rmtree(root / "val"), "{root}/val/val_img: no such folder; folders in {root}: test, train"),
    "no data": (shutil.rmtree, "data.root: no folder {root}; it should hold train, val and test; give another with --set data.root=FOLDER"),
    "a file for a folder": (lambda root: (shutil.rmtree(root / LABELS), (root / LABELS).write_text("")), "{labels}: no such folder"),
    "cut": (cut, "{images}/5.png: cannot be read as an image: "),
    "no image": (lambda root: (root / LABELS / "6.png").write_bytes(b"no image"),
                 "{labels}/6.png: cannot be read as an image: it is damaged, or no image at all"),
    "an empty file": (lambda root: (root / "val/val_img/3.png").write_bytes(b""), "{root}/val/val_img/3.png: cannot be read as an image: "),
    "a folder for a file": (lambda root: ((root / IMAGES / "5.png").unlink(), (root / IMAGES / "5.png").mkdir()),
                            "{images}/5.png: cannot be read as an image: "),
    "grey": (saved(f"{IMAGES}/5.png", "L"), "{images}/5.png: is grey, but frames are RGB; save it as RGB"),
    "a grey label": (saved(f"{LABELS}/5.png", "L"), "{labels}/5.png: is grey, but frames are RGB; save it as RGB"),
    "transparent": (saved(f"{LABELS}/5.png", "RGBA"), "{labels}/5.png: is RGB with transparency"),
    "two of one number": (lambda root: shutil.copy(root / IMAGES / "3.png", root / IMAGES / "03.png"),
                          "{images}/3.png: has the same number as 03.png; keep one of them"),
    "endings in capitals": (lambda root: [path.rename(path.with_suffix(".PNG")) for path in (root / IMAGES).iterdir()],
                            "{images}: holds no frames"),
    "one validation frame": (emptied("val", keep="0.png"),
                             "validate: validating past 1 + future 3 needs clips of 4 frames, but {root}/val/val_img has 1 frame"),
}


def filled(text: str, root: Path) -> str:
    """The text with paths for its {names}."""
    return text.replace("{images}", str(root / IMAGES)).replace("{labels}", str(root / LABELS)).replace("{root}", str(root))


@pytest.mark.parametrize("case", DAMAGE)
def test_damage(case: str, run_refused: Refused, root: Path) -> None:
    damage, telling = DAMAGE[case]
    damage(root)
    assert filled(telling, root) in run_refused()


@pytest.mark.parametrize(("changes", "telling"), [
    (["sequence.future=12", "validate.future=3"],
     "train: training on past 1 + future 12 needs clips of 13 frames, but {images} has 12 frames; lower sequence.past or sequence.future"),
    (["train.window_start=9"],
     "train: training on past 1 + future 3 from frame 9 needs clips of 13 frames, but {images} has 12 frames; lower train.window_start"),
    (["validate.future=6"], "validate: validating past 1 + future 6 needs clips of 7 frames, but {root}/val/val_img has 6 frames; "
                            "lower sequence.past or validate.future"),
    (["sequence.past=6", "validate.future=all"],
     "validate: validating past 6 + future 1 or more needs clips of 7 frames, but {root}/val/val_img has 6 frames"),
    (["data.size=[0, 16]"], "data.size.0: should be greater than or equal to 8, got 0"),
    (["data.size=[8, -16]"], "data.size.1: should be greater than or equal to 8, got -16"),
    (["data.size=[8, 5000]"], "data.size.1: should be less than or equal to 1024, got 5000"),
    (["data.size=[8, wide]"], "data.size.1: should be a whole number, got 'wide'"),
    (["data.size=16"], "data.size: should be a list in [brackets], got 16"),
    (["data.size=[8, 16, 3]"], "data.size: should have at most 2 items, not 3"),
    (["data.fraction=0"], "data.fraction: should be greater than 0, got 0"),
    (["data.fraction=1.5"], "data.fraction: should be less than or equal to 1, got 1.5"),
])
def test_settings_that_do_not_fit(changes: list[str], telling: str, run_refused: Refused, root: Path) -> None:
    assert filled(telling, root) in run_refused(*changes)


@pytest.mark.parametrize("case", ["a gap", "cut", "no image"])
def test_a_hint_can_be_followed(case: str, run_refused: Refused, root: Path) -> None:
    """A training video is its split: its folder cannot be left out."""
    DAMAGE[case][0](root)
    assert "leave" not in run_refused()


def test_a_fraction_that_leaves_too_little_is_named(run_refused: Refused) -> None:
    assert "data.fraction" in run_refused("data.fraction=0.1")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    return trained(pose_recipe(write_pose_data(folder / "data")), folder)


TESTING = {         # what is done to the test split, and what `vidpred predict` says of it
    "no first frame": (without("test/test_img/1/0.png"),
                       "{root}/test/test_img/1/0.png: is missing; it should be the first frame for the labels in {root}/test/test_label/1"),
    "no folder of a first frame": (lambda root: shutil.rmtree(root / "test/test_img/10"),
                                   "{root}/test/test_img/10/0.png: is missing; it should be the first frame"),
    "no labels": (emptied("test/test_label/1"), "{root}/test/test_label/1: holds no frames"),
    "a gap in the labels": (without("test/test_label/1/3.png"), "{root}/test/test_label/1/3.png: "),
    "a grey label": (saved("test/test_label/1/3.png", "L"), "{root}/test/test_label/1/3.png: is grey, but frames are RGB"),
    "a label of another size": (saved("test/test_label/1/3.png", size=(16, 16)), "{root}/test/test_label/1/3.png: is 16x16, but its frame in "),
    "more frames than labels": (lambda root: [draw(t, 0)[0].save(root / f"test/test_img/0/{t}.png") for t in range(6)],
                                "{root}/test/test_label/0: holds 5 labels for 6 frames in {root}/test/test_img/0; each frame needs one"),
    "another frame than the first": (lambda root: (root / "test/test_img/1/0.png").rename(root / "test/test_img/1/3.png"),
                                     "{root}/test/test_img/1/0.png: is missing"),
    "no videos": (lambda root: [shutil.rmtree(folder) for folder in (root / "test").glob("*/*")],
                  "{root}/test/test_label: holds no videos; it should be "),
    "no labels for a frame": (lambda root: shutil.rmtree(root / "test/test_label/1"), "{root}/test/test_label/1"),
    "no folder": (lambda root: shutil.rmtree(root / "test"), "{root}/test/test_img: no such folder; folders in {root}: train, val"),
    "a single label": (without(*(f"test/test_label/0/{t}.png" for t in range(1, 5))), "{root}/test/test_img/0 has 1 frame"),
}


@pytest.mark.parametrize("case", TESTING)
def test_damage_to_the_test_split(case: str, run: Path, refused: Refused, tmp_path: Path) -> None:
    copied, root = tmp_path / "run", write_pose_data(tmp_path / "data")
    shutil.copytree(run, copied, symlinks=True)
    recipe = (copied / "recipe.yaml").read_text()
    (copied / "recipe.yaml").write_text(recipe.replace(str(run.parent.parent / "data"), str(root)))
    damage, telling = TESTING[case]
    damage(root)
    assert filled(telling, root) in refused("predict", copied, "--split", "test", "--device", "cpu")
