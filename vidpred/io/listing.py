"""The numbered files of a folder as they are, and everything that is wrong with their names; `files` stops at the first."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from vidpred import Problem

_BARE = re.compile(r"()(\d+)")
_ENDS_IN_NUMBER = re.compile(r"(.*?)(\d+)")


class Listing(NamedTuple):
    """File names by number, in order; and what is wrong with the folder and single names."""

    names: dict[int, str]
    problems: list[Problem]


def listing(folder: Path, ending: str, *, bare: bool) -> Listing:
    """Files whose names are bare numbers (`0.png`), or else end in one (`frame12.png`)."""
    try:
        there = sorted(os.listdir(folder))
    except FileNotFoundError:
        return Listing({}, [Problem(folder, "no such folder")])
    except OSError as error:
        return Listing({}, [Problem(folder, f"cannot be read: {error.strerror}")])
    pattern = _BARE if bare else _ENDS_IN_NUMBER
    names: dict[int, str] = {}
    problems = []
    for name in there:
        found = pattern.fullmatch(name[: -len(ending)]) if name.endswith(ending) else None
        if found and names.setdefault(int(found[2]), name) != name:
            problems.append(Problem(folder / name, f"has the same number as {names[int(found[2])]}; keep one of them"))
    if not names:
        return Listing({}, [Problem(folder, f"holds no frames (0{ending}, 1{ending}, …)")])
    return Listing(dict(sorted(names.items())), problems)


def missing(
    folder: Path, names: Mapping[int, str], first: int, last: int, like: Mapping[int, str]
) -> Iterator[tuple[int, Problem]]:
    """The number of each file from `first` to `last` that is missing among `names`, and a problem whose message can be continued;
    one for files that follow each other. `like`: how the files of some of these numbers should be called."""
    for begin, end in gaps([*names, last + 1], first):
        name = like.get(begin) or _named(begin, names.get(end + 1) or names[begin - 1])
        more = f", and so are those up to number {end} ({end - begin + 1:,} files)" if end > begin else ""
        yield begin, Problem(folder / name, f"is missing{more}")


def gaps(numbers: Iterable[int], first: int) -> Iterator[tuple[int, int]]:
    """The first and the last number of each stretch that is missing among these, which are in order."""
    return ((before + 1, after - 1) for before, after in pairwise([first - 1, *numbers]) if after > before + 1)


def _named(number: int, like: str) -> str:
    """The name of a missing file, after one that is there: 0007.png beside 0012.png."""
    stem, dot, ending = like.rpartition(".")
    found = _ENDS_IN_NUMBER.fullmatch(stem)
    prefix, digits = found.groups() if found else ("", "")
    return f"{prefix}{str(number).zfill(len(digits) if digits.startswith('0') else 0)}{dot}{ending}"
