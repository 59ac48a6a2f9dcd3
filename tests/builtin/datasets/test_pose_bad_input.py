"""Damaged pose data, wrong settings, and their error messages."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.tiny_pose import SIZE, draw, pose_recipe, settings, trained, write, write_pose_data

ErrorOf = Callable[..., str]
pytestmark = pytest.mark.usefixtures("without_pictures")
IMAGES, LABELS = "train/train_img", "train/train_label"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_pose_data(tmp_path / "data")


@pytest.fixture
def error_of(vidpred: Callable[..., Any], tmp_path: Path) -> ErrorOf:
    """error_of("run", recipe, …): the error message of this command, which must fail with one error."""

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
def run_error(error_of: ErrorOf, root: Path, tmp_path: Path) -> ErrorOf:
    """The error message of `vidpred run` on the data with these settings. It leaves no run folder."""
    recipe = write(tmp_path / "tiny.yaml", pose_recipe(tmp_path / "elsewhere"))

    def call(*changes: str) -> str:
        message = error_of(
            "run", recipe, "--out", tmp_path / "out", "--device", "cpu", *settings(f"data.root={root}", *changes)
        )
        assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir()), "a run folder was left"
        return message

    return call


def test_the_recipe_runs_on_undamaged_data(root: Path, vidpred: Callable[..., Any], tmp_path: Path) -> None:
    recipe = write(tmp_path / "tiny.yaml", pose_recipe(tmp_path / "elsewhere"))
    assert (
        vidpred("run", recipe, "--out", tmp_path / "out", "--device", "cpu", *settings(f"data.root={root}")).code == 0
    )


def delete(*names: str) -> Callable[[Path], None]:
    def damage(root: Path) -> None:
        for name in names:
            (root / name).unlink()

    return damage


def delete_images(split: str, *, keep: str = "") -> Callable[[Path], None]:
    def damage(root: Path) -> None:
        for path in (root / split).rglob("*.png"):
            if path.name != keep:
                path.unlink()

    return damage


def truncate_image(root: Path) -> None:
    frame = root / IMAGES / "5.png"
    frame.write_bytes(frame.read_bytes()[: len(frame.read_bytes()) // 2])


def save_image(name: str, mode: str = "RGB", size: tuple[int, int] = SIZE) -> Callable[[Path], None]:
    return lambda root: Image.new(mode, size[::-1]).save(root / name)


DAMAGE = {  # a damage, and the error message
    "no label": (
        delete(f"{LABELS}/11.png"),
        "{labels}/11.png: is missing, though {images}/11.png is there; each frame needs a label of the same name",
    ),
    "no labels": (
        delete(*(f"{LABELS}/{t}.png" for t in (9, 10, 11))),
        "{labels}/9.png: is missing, though {images}/9.png is there (and 2 more like this); each frame needs",
    ),
    "no frame": (delete(f"{IMAGES}/11.png"), "{images}/11.png: is missing, though {labels}/11.png is there"),
    "no first frame": (delete(f"{IMAGES}/0.png"), "{images}/0.png: is missing, though {labels}/0.png is there"),
    "no label in the middle": (delete(f"{LABELS}/4.png"), "{labels}/4.png: "),
    "no validation label": (delete("val/val_label/5.png"), "{root}/val/val_label/5.png: is missing"),
    "a gap": (
        delete(f"{IMAGES}/4.png", f"{LABELS}/4.png"),
        "{images}/4.png: this frame is missing, though the folder continues to 11.png; restore it",
    ),
    "a label of another size": (
        save_image(f"{LABELS}/4.png", size=(16, 32)),
        "{labels}/4.png: is 16x32, but its frame in {images} is 8x16 (height x width)",
    ),
    "a validation label of another size": (
        save_image("val/val_label/5.png", size=(8, 8)),
        "{root}/val/val_label/5.png: is 8x8, but its frame in ",
    ),
    "no training frames": (delete_images("train"), "{images}: holds no frames (0.png, 1.png, …)"),
    "no validation frames": (delete_images("val"), "{root}/val/val_img: holds no frames (0.png, 1.png, …)"),
    "no labels at all": (delete_images(LABELS), "{labels}: holds no frames"),
    "no folder of labels": (
        lambda root: shutil.rmtree(root / LABELS),
        "{labels}: no such folder; folders in {root}/train: train_img",
    ),
    "no folder of validation": (
        lambda root: shutil.rmtree(root / "val"),
        "{root}/val/val_img: no such folder; folders in {root}: test, train",
    ),
    "no data": (
        shutil.rmtree,
        "data.root: no folder {root}; it should hold train, val and test; give another with --set data.root=FOLDER",
    ),
    "a file for a folder": (
        lambda root: (shutil.rmtree(root / LABELS), (root / LABELS).write_text("")),
        "{labels}: no such folder",
    ),
    "cut": (truncate_image, "{images}/5.png: cannot be read as an image: "),
    "no image": (
        lambda root: (root / LABELS / "6.png").write_bytes(b"no image"),
        "{labels}/6.png: cannot be read as an image: it is damaged, or no image at all",
    ),
    "an empty file": (
        lambda root: (root / "val/val_img/3.png").write_bytes(b""),
        "{root}/val/val_img/3.png: cannot be read as an image: ",
    ),
    "a folder for a file": (
        lambda root: ((root / IMAGES / "5.png").unlink(), (root / IMAGES / "5.png").mkdir()),
        "{images}/5.png: cannot be read as an image: ",
    ),
    "grey": (save_image(f"{IMAGES}/5.png", "L"), "{images}/5.png: is grey, but frames are RGB; save it as RGB"),
    "a grey label": (save_image(f"{LABELS}/5.png", "L"), "{labels}/5.png: is grey, but frames are RGB; save it as RGB"),
    "transparent": (save_image(f"{LABELS}/5.png", "RGBA"), "{labels}/5.png: is RGB with transparency"),
    "two of one number": (
        lambda root: shutil.copy(root / IMAGES / "3.png", root / IMAGES / "03.png"),
        "{images}/3.png: has the same number as 03.png; keep one of them",
    ),
    "endings in capitals": (
        lambda root: [path.rename(path.with_suffix(".PNG")) for path in (root / IMAGES).iterdir()],
        "{images}: holds no frames",
    ),
    "one validation frame": (
        delete_images("val", keep="0.png"),
        "validate: validating past 1 + future 3 needs clips of 4 frames, but {root}/val/val_img has 1 frame",
    ),
}


def insert_paths(text: str, root: Path) -> str:
    """Replace the {names} in a text by paths."""
    return (
        text.replace("{images}", str(root / IMAGES))
        .replace("{labels}", str(root / LABELS))
        .replace("{root}", str(root))
    )


@pytest.mark.parametrize("case", DAMAGE)
def test_damage(case: str, run_error: ErrorOf, root: Path) -> None:
    damage, expected = DAMAGE[case]
    damage(root)
    assert insert_paths(expected, root) in run_error()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            ["sequence.future=12", "validate.future=3"],
            "train: training on past 1 + future 12 needs clips of 13 frames, but {images} has 12 frames; "
            "lower sequence.past or sequence.future",
        ),
        (
            ["train.window_start=9"],
            "train: training on past 1 + future 3 from frame 9 needs clips of 13 frames, but {images} has 12 frames; "
            "lower train.window_start",
        ),
        (
            ["validate.future=6"],
            "validate: validating past 1 + future 6 needs clips of 7 frames, but {root}/val/val_img has 6 frames; "
            "lower sequence.past or validate.future",
        ),
        (
            ["sequence.past=6", "validate.future=all"],
            "validate: validating past 6 + future 1 or more needs clips of 7 frames, "
            "but {root}/val/val_img has 6 frames",
        ),
        (["data.size=[0, 16]"], "data.size.0: should be greater than or equal to 8, got 0"),
        (["data.size=[8, -16]"], "data.size.1: should be greater than or equal to 8, got -16"),
        (["data.size=[8, 5000]"], "data.size.1: should be less than or equal to 1024, got 5000"),
        (["data.size=[8, wide]"], "data.size.1: should be a whole number, got 'wide'"),
        (["data.size=16"], "data.size: should be a list in [brackets], got 16"),
        (["data.size=[8, 16, 3]"], "data.size: should have at most 2 items, not 3"),
        (["data.fraction=0"], "data.fraction: should be greater than 0, got 0"),
        (["data.fraction=1.5"], "data.fraction: should be less than or equal to 1, got 1.5"),
    ],
)
def test_wrong_settings(changes: list[str], expected: str, run_error: ErrorOf, root: Path) -> None:
    assert insert_paths(expected, root) in run_error(*changes)


@pytest.mark.parametrize("case", ["a gap", "cut", "no image"])
def test_messages_do_not_advise_to_leave_out_a_training_video(case: str, run_error: ErrorOf, root: Path) -> None:
    """A training video is the complete split."""
    DAMAGE[case][0](root)
    assert "leave" not in run_error()


def test_a_fraction_that_is_too_small_is_named(run_error: ErrorOf) -> None:
    assert "data.fraction" in run_error("data.fraction=0.1")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    return trained(pose_recipe(write_pose_data(folder / "data")), folder)


TEST_DAMAGE = {  # a damage of the test split, and the error message of `vidpred predict`
    "no first frame": (
        delete("test/test_img/1/0.png"),
        "{root}/test/test_img/1/0.png: is missing; it should be the first frame for the labels in "
        "{root}/test/test_label/1",
    ),
    "no folder of a first frame": (
        lambda root: shutil.rmtree(root / "test/test_img/10"),
        "{root}/test/test_img/10/0.png: is missing; it should be the first frame",
    ),
    "no labels": (delete_images("test/test_label/1"), "{root}/test/test_label/1: holds no frames"),
    "a gap in the labels": (delete("test/test_label/1/3.png"), "{root}/test/test_label/1/3.png: "),
    "a grey label": (
        save_image("test/test_label/1/3.png", "L"),
        "{root}/test/test_label/1/3.png: is grey, but frames are RGB",
    ),
    "a label of another size": (
        save_image("test/test_label/1/3.png", size=(16, 16)),
        "{root}/test/test_label/1/3.png: is 16x16, but its frame in ",
    ),
    "more frames than labels": (
        lambda root: [draw(t, 0)[0].save(root / f"test/test_img/0/{t}.png") for t in range(6)],
        "{root}/test/test_label/0: holds 5 labels for 6 frames in {root}/test/test_img/0; each frame needs one",
    ),
    "another frame than the first": (
        lambda root: (root / "test/test_img/1/0.png").rename(root / "test/test_img/1/3.png"),
        "{root}/test/test_img/1/0.png: is missing",
    ),
    "no videos": (
        lambda root: [shutil.rmtree(folder) for folder in (root / "test").glob("*/*")],
        "{root}/test/test_label: holds no videos; it should be ",
    ),
    "no labels for a frame": (lambda root: shutil.rmtree(root / "test/test_label/1"), "{root}/test/test_label/1"),
    "no folder": (
        lambda root: shutil.rmtree(root / "test"),
        "{root}/test/test_img: no such folder; folders in {root}: train, val",
    ),
    "a single label": (
        delete(*(f"test/test_label/0/{t}.png" for t in range(1, 5))),
        "{root}/test/test_img/0 has 1 frame",
    ),
}


@pytest.mark.parametrize("case", TEST_DAMAGE)
def test_damage_to_the_test_split(case: str, run: Path, error_of: ErrorOf, tmp_path: Path) -> None:
    copied, root = tmp_path / "run", write_pose_data(tmp_path / "data")
    shutil.copytree(run, copied, symlinks=True)
    recipe = (copied / "recipe.yaml").read_text()
    (copied / "recipe.yaml").write_text(recipe.replace(str(run.parent.parent / "data"), str(root)))
    damage, expected = TEST_DAMAGE[case]
    damage(root)
    assert insert_paths(expected, root) in error_of("predict", copied, "--split", "test", "--device", "cpu")
