"""Files and folders of strangers: only plain files are opened, in the order of their numbers, and no claim is believed."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from vidpred.errors import DataError

MOST_PIXELS = 2**25  # of one frame: 8K video has 33,177,600
_LAST_NUMBER = re.compile(r"(\d+)\D*$", re.ASCII)
_DIGITS = 18  # of a number in a name: more are no number of a frame


@contextmanager
def opened(path: Path, most: int | None = None) -> Iterator[BinaryIO]:
    """A plain file of at most `most` bytes: a pipe, say, would be waited for. Raises DataError, also for what reading it raises."""
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise OSError(errno.EINVAL, "it is a pipe, a device or the like, not a file", str(path))
            if about.st_size == 0:
                raise DataError(f"{path}: is an empty file; give another")
            if most is not None and about.st_size > most:
                raise DataError(
                    f"{path}: is far too large: {about.st_size:,} bytes, and {most:,} are the most; cut it, or scale it down"
                )
            yield file
    except FileNotFoundError as error:
        raise DataError(f"{path}: is not there; give another") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}; give another") from error


def in_order(folder: Path, endings: Sequence[str]) -> list[Path]:
    """The files of a folder with these endings, by the last number in their names (frame2 before frame10); where no name has a
    number, by name. Raises DataError where numbers are there twice or not evenly apart: what is missing would shift the rest."""
    try:
        names = sorted(
            name for name in os.listdir(folder) if name.lower().endswith(tuple(endings)) and not name.startswith(".")
        )
    except OSError as error:
        raise DataError(f"{folder}: cannot be read: {error.strerror}; give another") from error
    if not names:
        raise DataError(f"{folder}: holds no frames ({', '.join(endings)}); give a folder of images")
    numbers = {name: _number(name) for name in names}
    if all(number is None for number in numbers.values()):
        return [folder / name for name in names]
    lonely = next((name for name, number in numbers.items() if number is None), None)
    if lonely is not None:
        raise DataError(
            f"{folder / lonely}: has no number in its name, though others have; its place is not known; rename it, or move it away"
        )
    ordered = sorted(names, key=lambda name: numbers[name] or 0)
    _even(folder, ordered, [numbers[name] or 0 for name in ordered])
    return [folder / name for name in ordered]


def _number(name: str) -> int | None:
    found = _LAST_NUMBER.search(name.rpartition(".")[0])
    return int(found[1][-_DIGITS:]) if found else None


def _even(folder: Path, names: Sequence[str], numbers: Sequence[int]) -> None:
    apart = min((after - before for before, after in pairwise(numbers)), default=1)
    for place, (before, after) in enumerate(pairwise(numbers), 1):
        if before == after:
            raise DataError(
                f"{folder / names[place]}: has the same number as {names[place - 1]}; move one of them away"
            )
        if after - before != apart:
            raise DataError(
                f"{folder / names[place]}: comes after {names[place - 1]}, though the others are {apart} apart; "
                "restore what is missing between them, or number them anew"
            )


def checked_size(where: object, height: int, width: int) -> None:
    """Raises DataError for a frame that claims to be empty, or larger than any video has."""
    if min(height, width) < 1 or height * width > MOST_PIXELS:
        raise DataError(
            f"{where}: is {height}x{width} (height x width), and 1 to {MOST_PIXELS:,} pixels can be read; scale it"
        )
