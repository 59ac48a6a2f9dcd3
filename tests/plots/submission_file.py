"""A reader of scoring files."""

from __future__ import annotations

import csv
from pathlib import Path


def read_rows(file: Path) -> tuple[list[str], list[list[int]]]:
    """Return header and rows of a submission."""
    header, *rows = csv.reader(file.read_text().splitlines())
    return header, [[int(value) for value in row] for row in rows]
