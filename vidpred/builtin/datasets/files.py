"""Frames and tables on disk. Every error names its file."""
from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from vidpred import DataError

_NUMBER = re.compile(r"\d+")


def numbered(folder: Path, ending: str) -> tuple[str, ...]:
    """The files `0.png`, `1.png`, … of a folder, by number, never by string. Raises DataError where one is missing."""
    names = {int(name[:-len(ending)]): name for name in os.listdir(folder)
             if name.endswith(ending) and _NUMBER.fullmatch(name[:-len(ending)])}
    if not names:
        raise DataError(f"{folder}: holds no frames (0{ending}, 1{ending}, …)")
    missing = next((number for number in range(max(names) + 1) if number not in names), None)
    if missing is not None:
        raise DataError(f"{folder / f'{missing}{ending}'}: this frame is missing; the folder goes on to {max(names)}{ending}")
    return tuple(names[number] for number in range(len(names)))


def read_frame(path: Path, size: tuple[int, int]) -> Tensor:
    """An RGB image of this size (H, W) as uint8 [3, H, W]. Size and mode are checked before it is decoded."""
    try:
        with Image.open(path) as image:
            if image.size != size[::-1]:
                raise DataError(f"{path}: is {image.height}x{image.width}, but frames are {size[0]}x{size[1]} (height x width)")
            if image.mode != "RGB":
                raise DataError(f"{path}: is of mode {image.mode}, but frames are RGB")
            pixels = np.array(image)
    except FileNotFoundError as error:
        raise DataError(f"{path}: is missing") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: cannot be read as an image: {error}") from error
    return torch.from_numpy(pixels).permute(2, 0, 1)


def read_csv(path: Path, columns: int, rows: int) -> Tensor:
    """Numbers without a header, at least `rows` rows, as float32 [rows, columns]."""
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError as error:
        raise DataError(f"{path}: is missing; it should hold {columns} numbers for each frame, or leave it out of data.conditions") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    if len(lines) < rows:
        raise DataError(f"{path}: has {len(lines)} rows, but the trajectory has {rows} frames")
    try:
        table = np.loadtxt(lines[:rows], delimiter=",", ndmin=2)
    except ValueError as error:
        raise DataError(f"{path}: {str(error).removesuffix('.')}; {columns} numbers are expected in each row") from error
    if table.shape != (rows, columns):
        raise DataError(f"{path}: has {table.shape[1]} columns in {table.shape[0]} rows, but {columns} in {rows} are expected")
    if not np.isfinite(table).all():
        row, column = np.argwhere(~np.isfinite(table))[0]
        raise DataError(f"{path}: row {row}, column {column} is {table[row, column]}, not a finite number")
    return torch.from_numpy(table.astype(np.float32))
