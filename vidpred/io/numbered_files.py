"""Frames of a clip as numbered files of a folder: their order, and what is wrong with their names.

Names are ordered by number, never as strings: `frame2.png` comes before `frame10.png`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from vidpred.contracts.data import Problem
from vidpred.errors import DataError

_BARE_NUMBER = re.compile(r"()(\d+)")
_NUMBER_AT_END = re.compile(r"(.*?)(\d+)")
_LAST_NUMBER = re.compile(r"(\d+)\D*$", re.ASCII)
_MOST_DIGITS = 18  # of a number in a name: a longer one does not number frames


class NumberedFiles(NamedTuple):
    """The files of a folder: `names` by number, in order; `problems` of the folder and of single names."""

    names: dict[int, str]
    problems: list[Problem]


def natural_key(path: Path) -> list[tuple[int, str]]:
    """Return a sorting key that orders names by the numbers in them."""
    parts = [part for part in re.split(r"(\d+)", path.name) if part]
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def list_numbered_files(folder: Path, ending: str, *, bare: bool) -> NumberedFiles:
    """List the files whose names without `ending` are numbers (`0.png`; `bare`) or end in one (`frame12.png`).

    Raises nothing: a folder that cannot be read has a problem and no names. Gaps are left to `missing_files`.
    """
    try:
        entries = sorted(os.listdir(folder))
    except FileNotFoundError:
        return NumberedFiles({}, [Problem(folder, "no such folder")])
    except OSError as error:
        return NumberedFiles({}, [Problem(folder, f"cannot be read: {error.strerror}")])
    pattern = _BARE_NUMBER if bare else _NUMBER_AT_END
    names: dict[int, str] = {}
    problems = []
    for name in entries:
        match = pattern.fullmatch(name[: -len(ending)]) if name.endswith(ending) else None
        if match and names.setdefault(int(match[2]), name) != name:
            problems.append(Problem(folder / name, f"has the same number as {names[int(match[2])]}; keep one of them"))
    if not names:
        return NumberedFiles({}, [Problem(folder, f"holds no frames (0{ending}, 1{ending}, …)")])
    return NumberedFiles(dict(sorted(names.items())), problems)


def consecutive_files(
    folder: Path, ending: str, *, bare: bool, first: int | None = None, advice: str = ""
) -> tuple[str, ...]:
    """Return the names of `list_numbered_files`, which must be consecutive from `first` on (None: from the lowest).

    Raises DataError for the first problem; `advice` continues its "restore it".
    """
    names, problems = list_numbered_files(folder, ending, bare=bare)
    if problems:
        raise DataError(problems[0].message, problems[0].path)
    last = max(names)
    for number in range(min(names) if first is None else first, last + 1):
        if number not in names:
            prefix = re.sub(r"\d+$", "", names[last][: -len(ending)])
            raise DataError(
                f"this frame is missing, though the folder continues to {names[last]}; restore it{advice}",
                folder / f"{prefix}{number}{ending}",
            )
    return tuple(names.values())


def missing_files(
    folder: Path, names: Mapping[int, str], first: int, last: int, like: Mapping[int, str]
) -> Iterator[tuple[int, Problem]]:
    """Yield a problem for each run of numbers from `first` to `last` that `names` lacks, with its first number.

    `like` says how the files of some numbers should be called. The message is a beginning: the caller says what to do.
    """
    for begin, end in missing_numbers([*names, last + 1], first):
        name = like.get(begin) or _name_like(names.get(end + 1) or names[begin - 1], begin)
        more = f", and so are those up to number {end} ({end - begin + 1:,} files)" if end > begin else ""
        yield begin, Problem(folder / name, f"is missing{more}")


def missing_numbers(numbers: Iterable[int], first: int) -> Iterator[tuple[int, int]]:
    """Yield the first and last number of each gap, from `first` on, between these numbers in increasing order."""
    for before, after in pairwise([first - 1, *numbers]):
        if after > before + 1:
            yield before + 1, after - 1


def evenly_numbered_files(folder: Path, endings: Sequence[str]) -> list[Path]:
    """Return the files with these endings by the last number in their names, or by name if no name has a number.

    Numbers must be evenly spaced (0, 5, 10, …), because a missing frame would shift all later ones. Hidden files are
    ignored. Raises DataError.
    """
    try:
        entries = os.listdir(folder)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}; give another", folder) from error
    names = sorted(name for name in entries if name.lower().endswith(tuple(endings)) and not name.startswith("."))
    if not names:
        raise DataError(f"holds no frames ({', '.join(endings)}); give a folder of images", folder)
    numbers = {name: number for name in names if (number := _last_number(name)) is not None}
    if not numbers:
        return [folder / name for name in names]
    unnumbered = next((name for name in names if name not in numbers), None)
    if unnumbered is not None:
        raise DataError(
            "has no number in its name, though others do, so it cannot be ordered; rename or remove it",
            folder / unnumbered,
        )
    ordered = sorted(names, key=lambda name: numbers[name])
    _check_spacing(folder, ordered, numbers)
    return [folder / name for name in ordered]


def _name_like(example: str, number: int) -> str:
    """Return the name of a missing file after that of an existing one: 0007.png beside 0012.png."""
    stem, dot, ending = example.rpartition(".")
    match = _NUMBER_AT_END.fullmatch(stem)
    prefix, digits = match.groups() if match else ("", "")
    width = len(digits) if digits.startswith("0") else 0
    return f"{prefix}{str(number).zfill(width)}{dot}{ending}"


def _last_number(name: str) -> int | None:
    match = _LAST_NUMBER.search(name.rpartition(".")[0])
    return int(match[1][-_MOST_DIGITS:]) if match else None


def _check_spacing(folder: Path, names: Sequence[str], numbers: Mapping[str, int]) -> None:
    """Raise DataError unless the numbers of these names, which are in order, are evenly spaced."""
    pairs = list(pairwise(names))
    for before, after in pairs:
        if numbers[before] == numbers[after]:
            raise DataError(f"has the same number as {before}; keep one of them", folder / after)
    spacing = min((numbers[after] - numbers[before] for before, after in pairs), default=1)
    for before, after in pairs:
        if numbers[after] - numbers[before] != spacing:
            raise DataError(
                f"comes after {before}, though the other numbers are {spacing} apart; restore what is missing between "
                "them, or renumber them",
                folder / after,
            )
