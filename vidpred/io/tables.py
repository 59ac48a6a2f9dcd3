"""Tables of numbers: CSV files without a header, one row a frame, read in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vidpred.errors import DataError
from vidpred.io.files import open_input_file, open_regular_file

ENDINGS = (".csv", ".txt")
_CELL_BYTES = 64  # for each number: numpy writes 25
_SPARE_TABLE_BYTES = 2**20
_SPARE_LINE_BYTES = 2**10
_SHOWN_CHARACTERS = 40  # of a cell that a message repeats
_LARGEST_FLOAT32 = float(np.finfo(np.float32).max)


def read_table(path: Path, columns: int, rows: int) -> Tensor:
    """Read the first `rows` rows of `columns` numbers of a table of a data set, as float32 [rows, columns].

    Further rows are ignored. At most 64 bytes a number and 1 MiB are read. Raises DataError for missing rows, other
    columns, and numbers that are not finite in float32.
    """
    largest = rows * columns * _CELL_BYTES + _SPARE_TABLE_BYTES
    try:
        with open_regular_file(path) as file:
            content = file.read(largest + 1)
    except FileNotFoundError as error:
        raise DataError(
            f"is missing; it should hold {columns} numbers for each frame, or leave it out of data.conditions", path
        ) from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path) from error
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    if len(content) > largest:
        lines = lines[:-1]  # the last one may be cut off
    elif len(lines) < rows:
        raise DataError(f"has {len(lines)} rows, but the trajectory has {rows} frames; each frame needs its row", path)
    table = [_parse_row(path, number, line, columns) for number, line in enumerate(lines[:rows], 1)]
    if len(table) < rows:
        raise DataError(
            f"line {len(table) + 1} is far too long: {rows} rows of {columns} numbers do not take {largest:,} bytes",
            path,
        )
    return torch.from_numpy(np.array(table, np.float32))


def iterate_rows(path: Path, most_columns: int) -> Iterator[NDArray[np.float32]]:
    """Yield each row of a user's table as float32 [columns]: as many as line 1 has, at most `most_columns`.

    Lines are read when they are asked for, in bounded memory. Raises DataError.
    """
    longest = (most_columns + 1) * _CELL_BYTES + _SPARE_LINE_BYTES
    columns = 0
    with open_input_file(path) as file:
        for number, line in enumerate(iter(lambda: file.readline(longest), b""), 1):
            if len(line) == longest:
                raise DataError(
                    f"line {number} is far too long for at most {most_columns} numbers; "
                    "give a CSV, a row for each frame",
                    path,
                )
            text = line.decode("utf-8-sig" if number == 1 else "utf-8", errors="replace").strip()
            if not text:
                if file.read(longest).strip():
                    raise DataError(f"line {number} is empty, though others follow; remove it", path)
                return
            cells = text.split(",")
            columns = columns or len(cells)
            if len(cells) != columns or columns > most_columns:
                expected = f"line 1 has {columns}" if number > 1 else f"the model reads {most_columns}"
                raise DataError(
                    f"line {number} has {len(cells)} columns, but {expected}; "
                    "give a CSV with commas between its numbers, a row for each frame",
                    path,
                )
            yield np.array(_parse_cells(path, number, cells), np.float32)


def _parse_row(path: Path, number: int, line: str, columns: int) -> list[float]:
    """Parse a line that must have this many columns; `number` counts lines from 1, as editors do."""
    count = line.count(",") + 1 if line.strip() else 0
    if count != columns:
        raise DataError(
            f"line {number} has {count} columns, but {columns} numbers are expected, with commas between them", path
        )
    return _parse_cells(path, number, line.split(","))


def _parse_cells(path: Path, number: int, cells: list[str]) -> list[float]:
    values = []
    for column, cell in enumerate(cells, 1):
        try:
            value = float(cell)
        except ValueError:
            raise DataError(
                f"line {number}, column {column} is {_shortened(cell)!r}, not a number; rows hold numbers alone, "
                "without a header, with commas between them",
                path,
            ) from None
        if not abs(value) <= _LARGEST_FLOAT32:  # also true for NaN
            raise DataError(f"line {number}, column {column} is {_shortened(cell)}; it should be a finite number", path)
        values.append(value)
    return values


def _shortened(cell: str) -> str:
    cell = cell.strip()
    return cell if len(cell) <= _SHOWN_CHARACTERS else cell[:_SHOWN_CHARACTERS] + "…"
