"""PNG folders of trajectories: each damage gives one problem, and all other clips stay usable."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import write_robot_data
from tests.data.integrity.damage import (
    SHARD,
    Damage,
    P,
    Q,
    T,
    delete,
    edit_rows,
    problem_lines,
    save_image,
    split_counts,
    truncate,
)
from tests.tiny_pose import SIZE

ROBOT: dict[str, tuple[Damage, str]] = {
    "cut": (truncate(f"{T}/3.png"), f"{T}/3.png: cannot be read as an image"),
    "no image": (lambda root: (root / T / "3.png").write_text("<html>"), f"{T}/3.png: cannot be read as an image"),
    "empty": (lambda root: (root / T / "3.png").write_bytes(b""), f"{T}/3.png: cannot be read as an image"),
    "a folder": (
        lambda root: ((root / T / "3.png").unlink(), (root / T / "3.png").mkdir()),
        f"{T}/3.png: cannot be read as an image",
    ),
    "a link to nowhere": (
        lambda root: ((root / T / "3.png").unlink(), (root / T / "3.png").symlink_to("nowhere")),
        f"{T}/3.png: is missing",
    ),
    "size": (save_image(f"{T}/3.png", size=(32, 64)), f"{T}/3.png: is 32x64, but frames are 64x64"),
    "grey": (save_image(f"{T}/3.png", "L"), f"{T}/3.png: is grey, but frames are RGB"),
    "transparent": (save_image(f"{T}/3.png", "RGBA"), f"{T}/3.png: is RGB with transparency"),
    "palette": (save_image(f"{T}/3.png", "P"), f"{T}/3.png: is an image with a palette"),
    "a gap": (delete(f"{T}/3.png"), f"{T}/3.png: is missing, though the folder continues to 8.png"),
    "a wide gap": (
        delete(*(f"{T}/{t}.png" for t in range(2, 7))),
        f"{T}/2.png: is missing, and so are those up to number 6 (5 files), though the folder continues to 8.png",
    ),
    "no first frame": (delete(f"{T}/0.png"), f"{T}/0.png: is missing, though"),
    "twice": (
        lambda root: shutil.copy(root / T / "3.png", root / T / "03.png"),
        f"{T}/3.png: has the same number as 03.png",
    ),
    "no frames": (lambda root: [path.unlink() for path in (root / T).glob("*.png")], f"{T}: holds no frames"),
    "no actions": (delete(f"{T}/actions.csv"), f"{T}/actions.csv: is missing"),
    "short": (
        edit_rows(f"{T}/actions.csv", lambda lines: lines[:-1]),
        f"{T}/actions.csv: has 8 rows, but the trajectory has 9 frames",
    ),
    "narrow": (
        edit_rows(f"{T}/actions.csv", lambda lines: [*lines[:2], "1,2,3", *lines[3:]]),
        f"{T}/actions.csv: line 3 has 3 columns, but 4",
    ),
    "wide": (
        edit_rows(f"{T}/actions.csv", lambda lines: [line + ",1" for line in lines]),
        f"{T}/actions.csv: line 1 has 5 columns, but 4",
    ),
    "nan": (
        edit_rows(f"{T}/endeffector_positions.csv", lambda lines: [*lines[:-1], "1,nan,2"]),
        f"{T}/endeffector_positions.csv: line 9, column 2 is nan",
    ),
    "infinite": (
        edit_rows(f"{T}/actions.csv", lambda lines: ["inf,0,0,0", *lines[1:]]),
        f"{T}/actions.csv: line 1, column 1 is inf",
    ),
    "a header": (
        edit_rows(f"{T}/actions.csv", lambda lines: ["a,b,c,d", *lines]),
        f"{T}/actions.csv: line 1, column 1 is 'a', not a number",
    ),
    "a foot": (
        edit_rows(f"{T}/actions.csv", lambda lines: [*lines, "a,b,c,d"]),
        f"{T}/actions.csv: has more rows than the 9 frames of its folder",
    ),
    "an empty CSV": (lambda root: (root / T / "actions.csv").write_text(""), f"{T}/actions.csv: has 0 rows"),
    "no last frame": (delete(f"{T}/8.png"), f"{T}/actions.csv: has more rows than the 8 frames of its folder"),
}


@pytest.mark.parametrize("case", ROBOT)
def test_damaged_trajectories(case: str, check: Callable[..., Any], robot: Path) -> None:
    damage, expected = ROBOT[case]
    damage(robot)
    report = check("bair_robot", robot)
    if case == "no last frame":  # a problem of both tables
        assert report["problems"].pop()["file"] == f"{robot}/{T}/endeffector_positions.csv"
    (problem,) = problem_lines(report)
    assert problem.startswith(f"train {robot}/{expected}"), problem
    assert split_counts(report, "clips", "usable") == {"train": (5, 4), "validate": (2, 2), "test": (1, 1)}


def test_all_problems_of_a_clip_are_listed(check: Callable[..., Any], robot: Path, pose: Path) -> None:
    names = ["grey", "no actions", "nan", "twice"]
    for name in names:
        ROBOT[name][0](robot)
    truncate(f"{T}/5.png")(robot)
    truncate(f"train/{SHARD}/2/0.png")(robot)
    report = check("bair_robot", robot)
    assert {
        problem.split(": ")[0].removeprefix(f"train {robot}/train/{SHARD}/") for problem in problem_lines(report)
    } == {"1/03.png", "1/3.png", "1/5.png", "1/actions.csv", "1/endeffector_positions.csv", "2/0.png"}
    assert split_counts(report, "clips", "usable")["train"] == (5, 3)
    delete(f"{P}/2.png", f"{Q}/5.png", f"{P}/8.png", f"{Q}/8.png")(pose)
    truncate(f"{P}/9.png")(pose)
    save_image(f"{Q}/10.png", "L", SIZE)(pose)
    assert [problem.split(": ")[0] for problem in problem_lines(check("pose_video", pose))] == [
        f"train {pose}/{name}.png" for name in (f"{P}/2", f"{P}/8", f"{Q}/5", f"{Q}/8", f"{P}/9", f"{Q}/10")
    ]


def test_names_with_colons_and_control_characters(
    vidpred: Callable[..., Any], check: Callable[..., Any], tmp_path: Path
) -> None:
    root = write_robot_data(tmp_path / "a: b")
    folder = (root / "train" / SHARD / "1").rename(root / "train" / SHARD / "x: \x1b[31m\u202e y")
    (folder / "2.png").write_bytes(b"")
    (problem,) = check("bair_robot", root)["problems"]
    assert problem["file"] == f"{folder}/2.png" and problem["problem"].startswith("cannot be read as an image")
    shown = vidpred("data", "check", root, "--dataset", "bair_robot").output
    assert "\x1b" not in shown and "\u202e" not in shown and "x: \\x1b[31m\\u202e y/2.png" in shown


def test_a_huge_number_in_a_file_name_costs_no_time(check: Callable[..., Any], robot: Path, pose: Path) -> None:
    for folder in (robot / T, pose / P):
        (folder / "3.png").rename(folder / f"{'9' * 240}.png")
    began = time.monotonic()
    assert any("and so are those up to number" in problem for problem in problem_lines(check("bair_robot", robot)))
    assert any("and so are those up to number" in problem for problem in problem_lines(check("pose_video", pose)))
    assert time.monotonic() - began < 5 and not any(
        "Error: " in problem for problem in problem_lines(check("bair_robot", robot))
    )
