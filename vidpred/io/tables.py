"""Numbers in a CSV without a header, line by line."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidpred.errors import DataError
from vidpred.io.files import opened

ENDINGS = (".csv", ".txt")
_CELL = 64  # bytes for each number: numpy writes 25
_KEPT = 40  # characters of a cell that a message repeats
_LARGEST = float(np.finfo(np.float32).max)


def rows(path: Path, columns: int) -> Iterator[NDArray[np.float32]]:
    """Each row, of as many numbers as the first, `columns` at most. Lines are read when they are asked for. Raises DataError."""
    most, count = (columns + 1) * _CELL + 1024, 0
    with opened(path) as file:
        for place, line in enumerate(iter(lambda: file.readline(most), b""), 1):
            if len(line) == most:
                raise DataError(
                    f"{path}: line {place} is far too long for at most {columns} numbers; give a CSV, a row for each frame"
                )
            text = line.decode("utf-8-sig" if place == 1 else "utf-8", errors="replace").strip()
            if not text:
                if file.read(most).strip():
                    raise DataError(f"{path}: line {place} is empty, though the file goes on; take it out")
                return
            cells = text.split(",")
            count = count or len(cells)
            if len(cells) != count or count > columns:
                wanted = f"line 1 has {count}" if place > 1 else f"the model reads {columns}"
                raise DataError(
                    f"{path}: line {place} has {len(cells)} columns, but {wanted}; "
                    "give a CSV with commas between its numbers, a row for each frame"
                )
            yield np.array([_number(path, place, column, cell) for column, cell in enumerate(cells, 1)], np.float32)


def _number(path: Path, place: int, column: int, cell: str) -> float:
    where, shown = (
        f"{path}: line {place}, column {column}",
        cell.strip()[:_KEPT] + ("…" if len(cell.strip()) > _KEPT else ""),
    )
    try:
        value = float(cell)
    except ValueError:
        raise DataError(
            f"{where} is {shown!r}, not a number; rows hold numbers alone, without a header, with commas between them"
        ) from None
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise DataError(f"{where} is {shown}; it should be a finite number")
    return value
