"""Data that are not as the recipe says."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.system.bad_input.refusal import Refused, fill_paths
from vidpred import DataError
from vidpred.io import read_frame

DAMAGE: dict[
    str, tuple[Callable[[Path], object], str]
] = {  # what is done to good data (1: a training trajectory), and the message
    "no train": (
        lambda root: shutil.rmtree(root / "train"),
        "{root}/train: no such folder; a split is split/<shard>/<k>/0.png, 1.png, …; folders in {root}: test, validate",
    ),
    "empty split": (
        lambda root: shutil.rmtree(root / "validate/traj_0_to_255"),
        "{root}/validate: holds no trajectory",
    ),
    "a file": (lambda root: (shutil.rmtree(root), root.write_text("")), "data.root: no folder {root}"),
    "nothing to split": (
        lambda root: [
            shutil.rmtree(root / "validate"),
            *(shutil.rmtree(root / f"train/traj_0_to_255/{k}") for k in range(4)),
        ],
        "{root}: there is no validate folder, and the one trajectory of train cannot be split; add a validate folder",
    ),
    "no frames": (lambda root: [path.unlink() for path in frames(root)], "{1}: holds no frames (0.png, 1.png, …)"),
    "frame missing": (
        lambda root: (first_trajectory(root) / "4.png").unlink(),
        "{1}/4.png: this frame is missing, though the folder continues to 8.png; restore it",
    ),
    "garbage": (
        lambda root: (first_trajectory(root) / "3.png").write_bytes(b"garbage" * 99),
        "{1}/3.png: cannot be read as an image: it is damaged, or no image",
    ),
    "empty frame": (
        lambda root: (first_trajectory(root) / "3.png").write_bytes(b""),
        "{1}/3.png: cannot be read as an image: it is damaged, or no image",
    ),
    "truncated": (lambda root: cut(first_trajectory(root) / "3.png"), "{1}/3.png: cannot be read as an image: "),
    "a folder": (
        lambda root: ((first_trajectory(root) / "3.png").unlink(), (first_trajectory(root) / "3.png").mkdir()),
        "{1}/3.png: cannot be read as an image: Is a directory",
    ),
    "wrong size": (
        lambda root: draw(root, "RGB", (48, 32)),
        "{1}/3.png: is 32x48, but frames are 64x64 (height x width); scale it",
    ),
    "grey": (lambda root: draw(root, "L"), "{1}/3.png: is grey, but frames are RGB; save it as RGB"),
    "transparent": (lambda root: draw(root, "RGBA"), "{1}/3.png: is RGB with transparency, but frames are RGB"),
    "palette": (lambda root: draw(root, "P"), "{1}/3.png: is an image with a palette, but frames are RGB"),
    "16 bits": (lambda root: draw(root, "I;16"), "{1}/3.png: is grey, but frames are RGB"),
    "no CSV": (
        lambda root: (first_trajectory(root) / "actions.csv").unlink(),
        "{1}/actions.csv: is missing; it should hold 4 numbers for each frame",
    ),
    "empty CSV": (
        lambda root: table(root, 0),
        "{1}/actions.csv: has 0 rows, but the trajectory has 9 frames; each frame needs its row",
    ),
    "too few rows": (lambda root: table(root, 8), "{1}/actions.csv: has 8 rows, but the trajectory has 9 frames"),
    "too many columns": (
        lambda root: table(root, 9, "1,2,3,4,5"),
        "{1}/actions.csv: line 3 has 5 columns, but 4 numbers are expected",
    ),
    "too few columns": (
        lambda root: table(root, 9, "1,2,3"),
        "{1}/actions.csv: line 3 has 3 columns, but 4 numbers are expected",
    ),
    "blank line": (
        lambda root: table(root, 9, ""),
        "{1}/actions.csv: line 3 has 0 columns, but 4 numbers are expected",
    ),
    "not a number": (
        lambda root: table(root, 9, "1,two,3,4"),
        "{1}/actions.csv: line 3, column 2 is 'two', not a number",
    ),
    "nan": (
        lambda root: table(root, 9, "1,2,nan,4"),
        "{1}/actions.csv: line 3, column 3 is nan; it should be a finite number",
    ),
    "infinite": (
        lambda root: table(root, 9, "-inf,2,3,4"),
        "{1}/actions.csv: line 3, column 1 is -inf; it should be a finite number",
    ),
    "too large": (
        lambda root: table(root, 9, "1e99,2,3,4"),
        "{1}/actions.csv: line 3, column 1 is 1e99; it should be a finite number",
    ),
    "many at once": (
        lambda root: [cut(path) for path in frames(root)],
        "the data cannot be used:\n  {1}/0.png: cannot be read as an image: ",
    ),
}


def first_trajectory(root: Path) -> Path:
    return root / "train/traj_0_to_255/1"


def frames(root: Path) -> list[Path]:
    return list(first_trajectory(root).glob("*.png"))


def cut(frame: Path) -> None:
    frame.write_bytes(frame.read_bytes()[: len(frame.read_bytes()) // 2])


def draw(root: Path, mode: str, size: tuple[int, int] = (64, 64)) -> None:
    Image.new(mode, size).save(first_trajectory(root) / "3.png")


def table(root: Path, rows: int, third: str = "1,2,3,4") -> None:
    lines = ["1,2,3,4"] * rows
    lines[2:3] = [third] if rows else []
    (first_trajectory(root) / "actions.csv").write_text("".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize("case", DAMAGE)
def test_damaged_data_sets(
    case: str, refused: Refused, write_recipe: Callable[..., Path], robot_data: Path, tmp_path: Path
) -> None:
    damage, expected = DAMAGE[case]
    root = tmp_path / "data"
    shutil.copytree(robot_data, root)
    damage(root)
    message = refused("run", write_recipe(data={"name": "bair_robot", "root": str(root)}))
    assert fill_paths(expected, **{"1": first_trajectory(root)}, root=root) in message
    if case == "many at once":
        assert message.count("\n") == 7 and "… and 4 more" in message


def test_every_damage_to_a_frame_is_refused(robot_data: Path, tmp_path: Path) -> None:
    """Wherever a PNG is cut or changed: an error that names it, or an image."""
    intact = (first_trajectory(robot_data) / "0.png").read_bytes()
    random = np.random.default_rng(0)
    damaged = [intact[:length] for length in range(0, len(intact), 3)]
    for offset in random.integers(0, len(intact), 200):
        damaged.append(intact[:offset] + bytes(random.integers(0, 256, 3, np.uint8)) + intact[offset + 3 :])
    frame = tmp_path / "0.png"
    for content in damaged:
        frame.write_bytes(content)
        try:
            assert read_frame(frame, (64, 64)).shape == (3, 64, 64)
        except DataError as error:
            assert str(error).startswith(f"{frame}: ") and "\n" not in str(error)
