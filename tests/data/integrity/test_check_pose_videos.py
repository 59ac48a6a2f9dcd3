"""Pose video: what is done to it, and the one problem that is listed; all other clips stay usable."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.data.integrity.damage import Damage, P, Q, delete, problem_lines, save_image, split_counts, truncate
from tests.tiny_pose import SIZE, draw, write_pose_data

POSE: dict[str, tuple[Damage, str]] = {
    "cut": (truncate(f"{P}/3.png"), f"train {P}/3.png: cannot be read as an image"),
    "a cut label": (truncate(f"{Q}/3.png"), f"train {Q}/3.png: cannot be read as an image"),
    "grey": (save_image(f"{P}/3.png", "L", SIZE), f"train {P}/3.png: is grey, but frames are RGB"),
    "a transparent label": (save_image(f"{Q}/3.png", "RGBA", SIZE), f"train {Q}/3.png: is RGB with transparency"),
    "a label of another size": (
        save_image(f"{Q}/3.png", "RGB", (9, 16)),
        f"train {Q}/3.png: is 9x16, but its frame in {{root}}/{P} is 8x16 "
        "(height x width); scale it to 8x16, or 3.png to 9x16",
    ),
    "no label": (delete(f"{Q}/3.png"), f"train {Q}/3.png: is missing, though {{root}}/{P}/3.png is there"),
    "no label for a frame of another name": (
        lambda root: ((root / P / "3.png").rename(root / P / "x3.png"), (root / Q / "3.png").unlink()),
        f"train {Q}/x3.png: is missing, though {{root}}/{P}/x3.png is there",
    ),
    "a link to nowhere": (
        lambda root: ((root / P / "3.png").unlink(), (root / P / "3.png").symlink_to("nowhere")),
        f"train {P}/3.png: is missing",
    ),
    "no last label": (delete(f"{Q}/11.png"), f"train {Q}/11.png: is missing, though {{root}}/{P}/11.png is there"),
    "few labels": (
        delete(*(f"{Q}/{t}.png" for t in range(8, 12))),
        f"train {Q}/8.png: is missing, and so are those up to number 11 (4 files), though {{root}}/{P}/8.png is there",
    ),
    "no frame": (delete(f"{P}/3.png"), f"train {P}/3.png: is missing, though {{root}}/{Q}/3.png is there"),
    "no first frame": (delete(f"{P}/0.png"), f"train {P}/0.png: is missing, though {{root}}/{Q}/0.png is there"),
    "twice": (
        lambda root: shutil.copy(root / P / "3.png", root / P / "03.png"),
        f"train {P}/3.png: has the same number as 03.png",
    ),
    "a renamed label": (
        lambda root: (root / Q / "3.png").rename(root / Q / "03.png"),
        f"train {Q}/03.png: should be called 3.png, as its frame in",
    ),
    "no labels": (lambda root: [path.unlink() for path in (root / Q).iterdir()], f"train {Q}: holds no frames"),
    "no folder of labels": (lambda root: shutil.rmtree(root / Q), f"train {Q}: no such folder"),
    "no folder of frames": (lambda root: shutil.rmtree(root / P), f"train {P}: no such folder"),
    "a validation frame": (truncate("val/val_img/2.png"), "validate val/val_img/2.png: cannot be read as an image"),
    "a test label": (truncate("test/test_label/10/4.png"), "test test/test_label/10/4.png: cannot be read as an image"),
    "no first test frame": (delete("test/test_img/1/0.png"), "test test/test_img/1: holds no frames"),
    "no folder of a first test frame": (
        lambda root: shutil.rmtree(root / "test/test_img/1"),
        "test test/test_img/1: no such folder",
    ),
    "another test frame than the first": (
        lambda root: (root / "test/test_img/1/0.png").rename(root / "test/test_img/1/1.png"),
        "test test/test_img/1/0.png: is missing, though {root}/test/test_label/1/0.png is there",
    ),
    "no test labels": (
        lambda root: shutil.rmtree(root / "test/test_label/1"),
        "test test/test_label/1: no such folder",
    ),
    "a gap in test labels": (
        delete("test/test_label/1/3.png"),
        "test test/test_label/1/3.png: is missing, though the video continues to number 6",
    ),
    "a test frame too many": (
        lambda root: [draw(t, 2)[0].save(root / f"test/test_img/0/{t}.png") for t in range(1, 6)],
        "test test/test_label/0/5.png: is missing, though {root}/test/test_img/0/5.png is there",
    ),
    "a large test label": (
        save_image("test/test_label/1/5.png", "RGB", (16, 16)),
        "test test/test_label/1/5.png: is 16x16, but its frame in ",
    ),
}


@pytest.mark.parametrize("case", POSE)
def test_damaged_videos(case: str, check: Callable[..., Any], pose: Path) -> None:
    damage, expected = POSE[case]
    damage(pose)
    report = check("pose_video", pose)
    (problem,) = problem_lines(report)
    split, _, rest = expected.partition(" ")
    assert problem.startswith(f"{split} {pose}/{rest.format(root=pose)}"), problem
    all_usable = {"train": 1, "validate": 1, "test": 3}
    assert {name: usable for name, (usable,) in split_counts(report, "usable").items()} == {
        **all_usable,
        split: all_usable[split] - 1,
    }


def test_a_gap_in_both_folders_is_named_with_the_zeros_of_the_other_names(
    check: Callable[..., Any], tmp_path: Path
) -> None:
    root = write_pose_data(tmp_path / "pose", name="f{:03d}.png", first=5)
    for folder in (P, Q):
        (root / folder / "f009.png").unlink()
        (root / folder / "f010.png").unlink()
    problems = problem_lines(check("pose_video", root))
    assert [problem.split(",")[0] for problem in problems] == [
        f"train {root}/{folder}/f009.png: is missing" for folder in (P, Q)
    ]
    assert all("up to number 10 (2 files), though the video continues to number 16" in problem for problem in problems)


def test_if_one_folder_is_missing_the_other_is_checked(check: Callable[..., Any], pose: Path) -> None:
    for folder, other in ((P, Q), ("val/val_label", "val/val_img"), ("test/test_img", "test/test_label/1")):
        shutil.rmtree(pose / folder)
        truncate(f"{other}/3.png")(pose)
    files = [problem["file"] for problem in check("pose_video", pose)["problems"]]
    assert files == [
        f"{pose}/{name}"
        for name in (
            P,
            f"{Q}/3.png",
            "val/val_label",
            "val/val_img/3.png",
            "test/test_img/0",
            "test/test_img/1",
            "test/test_label/1/3.png",
            "test/test_img/10",
        )
    ]


def test_only_the_fraction_that_a_run_reads_is_checked(check: Callable[..., Any], pose: Path) -> None:
    truncate(f"{P}/9.png")(pose)
    report = check("pose_video", pose, "fraction=0.5")
    assert not report["problems"] and split_counts(report, "frames", "conditions") == {
        "train": (6, 6),
        "validate": (3, 3),
        "test": (3, 17),
    }


def test_frames_of_another_size_are_not_a_problem(check: Callable[..., Any], pose: Path) -> None:
    for folder, image in zip((P, Q), draw(3, 9, (20, 40)), strict=True):
        image.save(pose / folder / "3.png")
    assert check("pose_video", pose)["problems"] == []
