"""Frames and tables on disk. Every error names its file."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from vidpred import DataError
from vidpred.io import png

_NUMBER = re.compile(r"(\d+)")
_ENDS_IN_NUMBER = re.compile(r".*?(\d+)")
_LARGEST = torch.finfo(torch.float32).max
_HEADER = 33  # bytes of a PNG that say its size and colours
_MOST_PIXELS = 2**25  # 8K video has 33,177,600
_BYTES_A_PIXEL = 6  # twice what they take without compression
_OVERHEAD = 2**20  # bytes of a file for whatever else it says
_CELL = 64  # bytes for each number of a CSV: numpy writes 25
_KEPT = 40  # characters of a cell that a message repeats


def numbered(folder: Path, ending: str) -> tuple[str, ...]:
    """The files `0.png`, `1.png`, … of a folder, by number, never by string. Raises DataError where one is missing, or there twice."""
    return _without_gaps(folder, _by_number(folder, ending, _NUMBER), 0, ending, ", or leave this folder out")


def sequence(folder: Path, ending: str) -> tuple[str, ...]:
    """The files of a folder by the number that their names end in: `0.png` or `frame12.png`, from whatever number on.
    Raises DataError where one is missing, or there twice."""
    names = _by_number(folder, ending, _ENDS_IN_NUMBER)
    return _without_gaps(folder, names, min(names), ending, "")


def _by_number(folder: Path, ending: str, pattern: re.Pattern[str]) -> dict[int, str]:
    names: dict[int, str] = {}
    try:
        there = sorted(os.listdir(folder))
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", folder) from error
    for name in there:
        found = pattern.fullmatch(name[: -len(ending)]) if name.endswith(ending) else None
        if found and names.setdefault(int(found[1]), name) != name:
            raise DataError(f"has the same number as {names[int(found[1])]}; keep one of them", folder / name)
    if not names:
        raise DataError(f"holds no frames (0{ending}, 1{ending}, …)", folder)
    return names


def _without_gaps(folder: Path, names: Mapping[int, str], first: int, ending: str, otherwise: str) -> tuple[str, ...]:
    last = max(names)
    missing = next((number for number in range(first, last + 1) if number not in names), None)
    if missing is not None:
        prefix = re.sub(r"\d+$", "", names[last][: -len(ending)])
        raise DataError(
            f"this frame is missing, though the folder goes on to {names[last]}; restore it{otherwise}",
            folder / f"{prefix}{missing}{ending}",
        )
    return tuple(names[number] for number in range(first, last + 1))


def natural(path: Path) -> list[tuple[int, str]]:
    """A sorting key: names in the order of the numbers in them."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", path.name) if part]


def read_frame(path: Path, size: tuple[int, int] | None = None, otherwise: str = ", or leave its folder out") -> Tensor:
    """An RGB PNG of this size (H, W), or of any up to 2**25 pixels, as uint8 [3, H, W]. What it says of itself is checked before
    it is decoded: whatever the file, memory is bounded by what is expected. Errors say what to do with it, and `otherwise`."""
    try:
        with opened(path) as file:
            data = file.read(_HEADER)
            pixels = _checked(path, data, size, otherwise)
            data += file.read(_OVERHEAD + _BYTES_A_PIXEL * pixels)
    except FileNotFoundError as error:
        raise DataError(f"is missing; restore it{otherwise}", path) from error
    except OSError as error:
        raise DataError(f"cannot be read as an image: {error.strerror}; restore it{otherwise}", path) from error
    if len(data) > _OVERHEAD + _BYTES_A_PIXEL * pixels:
        raise DataError(f"is far too large a file for its {pixels:,} pixels; save it as a plain PNG{otherwise}", path)
    if b"acTL" in png.kinds(data):
        raise DataError(f"is an animation; save one frame as a plain PNG{otherwise}", path)
    try:
        with Image.open(BytesIO(data), formats=("PNG",)) as image:
            return torch.from_numpy(np.array(image)).permute(2, 0, 1)
    except Exception as error:  # Pillow's own parser: anything can come out of it
        why = "it is damaged" if isinstance(error, UnidentifiedImageError) else str(error)
        raise DataError(f"cannot be read as an image: {why}; restore it{otherwise}", path) from error


def _checked(path: Path, data: bytes, size: tuple[int, int] | None, otherwise: str) -> int:
    """How many pixels the image has that begins with these bytes. Raises DataError where it is no RGB PNG of this size."""
    found = png.header(data)
    if found is None:
        raise DataError(
            f"cannot be read as an image: it is damaged, or no image at all, where a PNG is expected; restore it{otherwise}",
            path,
        )
    if size is not None and (found.height, found.width) != size:
        raise DataError(
            f"is {found.height}x{found.width}, but frames are {size[0]}x{size[1]} (height x width); scale it{otherwise}",
            path,
        )
    if found.height * found.width > _MOST_PIXELS:
        raise DataError(
            f"is {found.height}x{found.width} (height x width), and {_MOST_PIXELS:,} pixels are the most; scale it{otherwise}",
            path,
        )
    if found.colours != "RGB":
        raise DataError(f"is {found.colours}, but frames are RGB; save it as RGB{otherwise}", path)
    if found.bits != 8:
        raise DataError(f"has {found.bits} bits a channel, but frames have 8; save it with 8{otherwise}", path)
    return found.height * found.width


def read_csv(path: Path, columns: int, rows: int) -> Tensor:
    """Numbers without a header, at least `rows` rows, as float32 [rows, columns]. No more is read than these may take."""
    most = rows * columns * _CELL + _OVERHEAD
    try:
        with opened(path) as file:
            content = file.read(most + 1)
    except FileNotFoundError as error:
        raise DataError(
            f"is missing; it should hold {columns} numbers for each frame, or leave it out of data.conditions", path
        ) from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path) from error
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    cut = len(content) > most
    if len(lines) < rows and not cut:
        raise DataError(f"has {len(lines)} rows, but the trajectory has {rows} frames; each frame needs its row", path)
    table = [
        _numbers(path, place, line, columns) for place, line in enumerate((lines[:-1] if cut else lines)[:rows], 1)
    ]
    if len(table) < rows:
        raise DataError(
            f"line {len(table) + 1} is far too long: {rows} rows of {columns} numbers do not take {most:,} bytes", path
        )
    return torch.from_numpy(np.array(table, np.float32))


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file of data. Raises OSError where it is anything else: a pipe, say, would be waited for."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is a pipe, a device or the like, not a file", str(path))
        yield file


def _numbers(path: Path, place: int, line: str, columns: int) -> list[float]:
    """One row; `place` counts lines from 1, as editors do."""
    count = line.count(",") + 1 if line.strip() else 0
    if count != columns:
        raise DataError(
            f"line {place} has {count} columns, but {columns} numbers are expected, with commas between them", path
        )
    found = []
    for column, cell in enumerate(line.split(","), 1):
        try:
            found.append(float(cell))
        except ValueError:
            raise DataError(
                f"line {place}, column {column} is {_short(cell)!r}, not a number; rows hold numbers alone, without a header",
                path,
            ) from None
        if not abs(found[-1]) <= _LARGEST:
            raise DataError(f"line {place}, column {column} is {_short(cell)}; it should be a finite number", path)
    return found


def _short(cell: str) -> str:
    cell = cell.strip()
    return cell if len(cell) <= _KEPT else cell[:_KEPT] + "…"
