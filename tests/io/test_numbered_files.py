"""The order of numbered files, and what is wrong with their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from vidpred import DataError
from vidpred.io import consecutive_files, list_numbered_files, missing_files, missing_numbers, natural_key
from vidpred.io.numbered_files import evenly_numbered_files


def folder_of(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).touch()
    return root


def test_names_are_ordered_by_number(tmp_path: Path) -> None:
    paths = [Path(name) for name in ("a10", "a2", "b", "a2b1", "10", "9")]
    assert [path.name for path in sorted(paths, key=natural_key)] == ["a2", "a2b1", "a10", "b", "9", "10"]
    folder_of(tmp_path, *(f"{number}.png" for number in range(12)))
    assert consecutive_files(tmp_path, ".png", bare=True) == tuple(f"{number}.png" for number in range(12))


def test_bare_numbers_and_numbers_at_the_end(tmp_path: Path) -> None:
    folder_of(tmp_path, "7.png", "frame8.png", "x.png", "9.jpg")
    assert list_numbered_files(tmp_path, ".png", bare=True).names == {7: "7.png"}
    assert list_numbered_files(tmp_path, ".png", bare=False).names == {7: "7.png", 8: "frame8.png"}


def test_problems_of_a_folder(tmp_path: Path) -> None:
    listed = list_numbered_files(tmp_path / "missing", ".png", bare=True)
    assert listed.names == {} and [str(problem) for problem in listed.problems] == [
        f"{tmp_path}/missing: no such folder"
    ]
    (problem,) = list_numbered_files(tmp_path, ".png", bare=True).problems
    assert problem == (tmp_path, "holds no frames (0.png, 1.png, …)")
    folder_of(tmp_path, "3.png", "03.png", "003.png")
    messages = [str(problem) for problem in list_numbered_files(tmp_path, ".png", bare=True).problems]
    assert messages == [
        f"{tmp_path}/03.png: has the same number as 003.png; keep one of them",
        f"{tmp_path}/3.png: has the same number as 003.png; keep one of them",
    ]


def test_a_gap_is_an_error_of_the_missing_file(tmp_path: Path) -> None:
    folder_of(tmp_path, "f2.png", "f3.png", "f5.png")
    with pytest.raises(DataError) as caught:
        consecutive_files(tmp_path, ".png", bare=False, advice=", or remove the folder")
    assert str(caught.value) == (
        f"{tmp_path}/f4.png: this frame is missing, though the folder continues to f5.png; "
        "restore it, or remove the folder"
    )
    folder_of(tmp_path, "1.png")
    with pytest.raises(DataError, match=r"/0\.png: this frame is missing"):
        consecutive_files(tmp_path, ".png", bare=True, first=0)


def test_missing_files_are_named_like_their_neighbours(tmp_path: Path) -> None:
    assert list(missing_numbers([2, 3, 7], 0)) == [(0, 1), (4, 6)]
    (number, problem), *others = missing_files(tmp_path, {8: "0008.png", 12: "0012.png"}, 8, 12, {})
    assert number == 9 and not others
    assert str(problem) == f"{tmp_path}/0009.png: is missing, and so are those up to number 11 (3 files)"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.png", "c.png", "b.PNG", ".hidden.png"], ["a.png", "b.PNG", "c.png"]),
        (
            ["frame10_x.png", "frame5_x.png", "frame0_x.jpg", "notes.txt"],
            ["frame0_x.jpg", "frame5_x.png", "frame10_x.png"],
        ),
        (["1.png"], ["1.png"]),
    ],
)
def test_evenly_numbered_files_are_ordered(names: list[str], expected: list[str], tmp_path: Path) -> None:
    folder_of(tmp_path, *names)
    assert [path.name for path in evenly_numbered_files(tmp_path, (".png", ".jpg"))] == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], ": holds no frames (.png)"),
        (["1.png", "2.png", "02.png"], "/2.png: has the same number as 02.png"),
        (["1.png", "2.png", "4.png"], "/4.png: comes after 2.png, though the other numbers are 1 apart"),
        (["1.png", "cover.png"], "/cover.png: has no number in its name, though others do"),
    ],
)
def test_uneven_numbers_are_errors(names: list[str], expected: str, tmp_path: Path) -> None:
    folder_of(tmp_path, *names)
    with pytest.raises(DataError) as caught:
        evenly_numbered_files(tmp_path, (".png",))
    assert str(caught.value).startswith(f"{tmp_path}{expected}")
