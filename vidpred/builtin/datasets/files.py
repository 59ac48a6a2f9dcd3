"""Frames and tables on disk. Every error names its file."""
from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from vidpred import DataError

_NUMBER = re.compile(r"\d+")
_ENDS_IN_NUMBER = re.compile(r".*?(\d+)")
_MODES = {"L": "grey", "LA": "grey with transparency", "RGBA": "RGB with transparency", "P": "an image with a palette", "1": "black and white"}
_LARGEST = torch.finfo(torch.float32).max


def numbered(folder: Path, ending: str) -> tuple[str, ...]:
    """The files `0.png`, `1.png`, … of a folder, by number, never by string. Raises DataError where one is missing."""
    names = {int(name[:-len(ending)]): name for name in os.listdir(folder)
             if name.endswith(ending) and _NUMBER.fullmatch(name[:-len(ending)])}
    if not names:
        raise DataError(f"{folder}: holds no frames (0{ending}, 1{ending}, …)")
    return _without_gaps(folder, names, 0, ending, ", or leave this folder out")


def sequence(folder: Path, ending: str) -> tuple[str, ...]:
    """The files of a folder by the number that their names end in: `0.png` or `frame12.png`, from whatever number on.
    Raises DataError where one is missing, or there twice."""
    names: dict[int, str] = {}
    for name in sorted(os.listdir(folder)):
        found = _ENDS_IN_NUMBER.fullmatch(name[:-len(ending)]) if name.endswith(ending) else None
        if found and names.setdefault(int(found[1]), name) != name:
            raise DataError(f"{folder / name}: has the same number as {names[int(found[1])]}; keep one of them")
    if not names:
        raise DataError(f"{folder}: holds no frames (0{ending}, 1{ending}, …)")
    return _without_gaps(folder, names, min(names), ending, "")


def _without_gaps(folder: Path, names: Mapping[int, str], first: int, ending: str, otherwise: str) -> tuple[str, ...]:
    last = max(names)
    missing = next((number for number in range(first, last + 1) if number not in names), None)
    if missing is not None:
        prefix = re.sub(r"\d+$", "", names[last][:-len(ending)])
        raise DataError(f"{folder / f'{prefix}{missing}{ending}'}: this frame is missing, though the folder goes on to "
                        f"{names[last]}; restore it{otherwise}")
    return tuple(names[number] for number in range(first, last + 1))


def natural(path: Path) -> list[tuple[int, str]]:
    """A sorting key: names in the order of the numbers in them."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", path.name) if part]


def read_frame(path: Path, size: tuple[int, int] | None = None, otherwise: str = ", or leave its folder out") -> Tensor:
    """An RGB image of this size (H, W), or of any, as uint8 [3, H, W]. Size and mode are checked before it is decoded. Errors
    say what to do with it, and `otherwise`."""
    try:
        with Image.open(path) as image:
            if size is not None and image.size != size[::-1]:
                raise DataError(f"{path}: is {image.height}x{image.width}, but frames are {size[0]}x{size[1]} "
                                f"(height x width); scale it{otherwise}")
            if image.mode != "RGB":
                raise DataError(f"{path}: is {_MODES.get(image.mode, f'of mode {image.mode}')}, but frames are RGB; save it as RGB")
            pixels = np.array(image)
    except FileNotFoundError as error:
        raise DataError(f"{path}: is missing; restore it{otherwise}") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: cannot be read as an image: {_why(error)}; restore it{otherwise}") from error
    return torch.from_numpy(pixels).permute(2, 0, 1)


def _why(error: Exception) -> str:
    """Pillow's reason, without the path that it may repeat."""
    if isinstance(error, UnidentifiedImageError):
        return "it is damaged, or no image at all"
    return getattr(error, "strerror", None) or str(error)


def read_csv(path: Path, columns: int, rows: int) -> Tensor:
    """Numbers without a header, at least `rows` rows, as float32 [rows, columns]."""
    try:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except FileNotFoundError as error:
        raise DataError(f"{path}: is missing; it should hold {columns} numbers for each frame, or leave it out of data.conditions") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    if len(lines) < rows:
        raise DataError(f"{path}: has {len(lines)} rows, but the trajectory has {rows} frames; each frame needs its row")
    table = np.array([_numbers(path, place, line, columns) for place, line in enumerate(lines[:rows], 1)])
    return torch.from_numpy(table.astype(np.float32))


def _numbers(path: Path, place: int, line: str, columns: int) -> list[float]:
    """One row; `place` counts lines from 1, as editors do."""
    cells = line.split(",") if line.strip() else []
    if len(cells) != columns:
        raise DataError(f"{path}: line {place} has {len(cells)} columns, but {columns} numbers are expected, with commas between them")
    found = []
    for column, cell in enumerate(cells, 1):
        try:
            found.append(float(cell))
        except ValueError:
            raise DataError(f"{path}: line {place}, column {column} is {cell.strip()!r}, not a number; rows hold numbers alone, "
                            "without a header") from None
        if not abs(found[-1]) <= _LARGEST:
            raise DataError(f"{path}: line {place}, column {column} is {cell.strip()}; it should be a finite number")
    return found
