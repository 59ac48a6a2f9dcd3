"""The scoring format of LAB4: every frame's pixels as a row of numbers."""
from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from torch import Tensor


def submission(path: Path, sequences: Iterable[Tensor]) -> int:
    """Write a CSV `id,0,1,...`: a row for every frame of every sequence [T, C, H, W] in [0, 1], in order, its pixels as
    whole numbers 0..255 in the order C, H, W. Gives the number of rows."""
    rows = 0
    with _whole(path) as file:
        writer = csv.writer(file)
        for frames in sequences:
            values = (frames.clamp(0, 1) * 255).round().byte().flatten(1)
            if rows == 0:
                writer.writerow(["id", *range(values.shape[1])])
            for row in values.tolist():
                writer.writerow([rows, *row])
                rows += 1
    return rows


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """A text file that has its name only when it is complete: half of one can be taken for a whole one."""
    if path.is_dir():
        raise IsADirectoryError(21, "Is a directory", str(path))
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", newline="", encoding="utf-8") as file:
            yield file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
