"""Conditions that a user gives and that cannot be read: one message that names the file, in bounded memory and time."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.io.frame_files import Writer, array, content, draw_frames, npy, write_folder
from tests.system.hostile.bounds import bounded
from vidpred.builtin.datasets.bair.dataset import BairRobot
from vidpred.data.user_clip import read_user_clip
from vidpred.errors import VidpredError

FRAMES = draw_frames(3)
BAD_CONDITIONS: dict[str, tuple[str, Writer, str]] = {
    "missing": ("c.csv", lambda path: None, "c.csv: does not exist"),
    "folder": (
        "c",
        lambda path: write_folder(path, FRAMES),
        "c: conditions cannot be read from this; the model reads 7 numbers for each frame",
    ),
    "header": (
        "c.csv",
        content(b"a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n"),
        "c.csv: line 1, column 1 is 'a', not a number; rows hold numbers alone, without",
    ),
    "few columns": (
        "c.csv",
        content(b"1,2,3,4\n" * 5),
        "c.csv: has 4 columns, but the model reads 7; the columns of several files are concatenated",
    ),
    "many columns": ("c.csv", content(b"1,2,3,4,5,6,7,8\n" * 5), "c.csv: line 1 has 8 columns, but the model reads 7"),
    "ragged": ("c.csv", content(b"1,2,3,4,5,6,7\n1,2\n"), "c.csv: line 2 has 2 columns, but line 1 has 7"),
    "semicolons": ("c.csv", content(b"1;2;3;4;5;6;7\n"), "c.csv: line 1, column 1 is '1;2;3;4;5;6;7', not a number"),
    "not finite": (
        "c.csv",
        content(b"1,2,3,4,5,6,7\n1,2,nan,4,5,6,7\n"),
        "c.csv: line 2, column 3 is nan; it should be a finite number",
    ),
    "too large": (
        "c.csv",
        content(b"1,2,3,4,5,6,1e39\n"),
        "c.csv: line 1, column 7 is 1e39; it should be a finite number",
    ),
    "empty line": (
        "c.csv",
        content(b"1,2,3,4,5,6,7\n\n1,2,3,4,5,6,7\n"),
        "c.csv: line 2 is empty, though others follow",
    ),
    "a million columns": ("c.csv", content(b"1," * 10**6), "c.csv: line 1 is far too long for at most 7 numbers"),
    "too few rows": (
        "c.csv",
        content(b"1,2,3,4,5,6,7\n"),
        "c.csv: holds 1 condition, but 1 step after 2 frames needs 2; give more",
    ),
    "binary": ("c.csv", content(bytes(range(256))), "c.csv: "),
    "NPY of other columns": (
        "c.npy",
        array(np.zeros((5, 9))),
        "c.npy: is [5, 9], but conditions are [T, columns] with 7 columns at most",
    ),
    "NPY of 3 axes": ("c.npy", array(np.zeros((5, 7, 1))), "c.npy: is [5, 7, 1], but"),
    "NPY, not finite": (
        "c.npy",
        array(np.full((5, 7), np.inf)),
        "c.npy: row 0, counted from 0, holds a number that is not finite",
    ),
    "NPY, overflow": (
        "c.npy",
        array(np.full((5, 7), 1e300)),
        "c.npy: row 0, counted from 0, holds a number that is not finite",
    ),
    "NPY, no rows": ("c.npy", array(np.zeros((0, 7))), "c.npy: holds no conditions"),
    "endless NPY": (
        "c.npy",
        lambda path: (path.write_bytes(npy("(999999999, 7)")), os.truncate(path, 2**30)),
        "--steps: all conditions are too",
    ),
}


@pytest.mark.parametrize("case", BAD_CONDITIONS)
def test_bad_conditions_are_named(case: str, tmp_path: Path) -> None:
    name, write, expected = BAD_CONDITIONS[case]
    write(tmp_path / name)
    np.savez(tmp_path / "f.npz", frames=FRAMES)
    dataset = BairRobot(BairRobot.Config(root=tmp_path))
    with bounded(), pytest.raises(VidpredError) as caught:
        read_user_clip(tmp_path / "f.npz", [tmp_path / name], dataset, past=2)
    message = str(caught.value)
    assert expected in message and "\n" not in message, message
