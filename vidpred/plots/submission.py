"""The scoring format of LAB4: the pixels of every frame as a row of numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from torch import Tensor

from vidpred.io.atomic import atomic_path


def write_submission_csv(path: Path, sequences: Iterable[Tensor]) -> int:
    """Write a CSV `id,0,1,...` with a row for every frame of every sequence [T, C, H, W] in [0, 1], in order: its
    pixels as integers 0..255 in the order C, H, W. Return the number of rows."""
    rows = 0
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for frames in sequences:
            values = (frames.clamp(0, 1) * 255).round().byte().flatten(1)
            if rows == 0:
                writer.writerow(["id", *range(values.shape[1])])
            for row in values.tolist():
                writer.writerow([rows, *row])
                rows += 1
    return rows
