"""BAIR robot pushing in the lab layout: a folder of PNGs and two CSVs for each trajectory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch

from vidpred import CheckUnit, DataError, Lengths, Problem, Split, Window
from vidpred.builtin.datasets.bair.layout import CONDITIONS, SIZE, Condition, Numbers
from vidpred.io import (
    consecutive_files,
    list_numbered_files,
    missing_files,
    natural_key,
    open_regular_file,
    read_frame,
    read_table,
)

_MOST_GAPS = 1000
_LARGEST = 1 << 20  # bytes of a table that are looked at for more rows


class _Trajectory(NamedTuple):
    folder: Path
    frames: tuple[str, ...]


class Folders(Split):
    """The trajectories of one split, each a folder."""

    def __init__(self, folders: Sequence[Path], conditions: Sequence[Condition]) -> None:
        self.tables = [CONDITIONS[condition] for condition in conditions]
        alike: dict[tuple[str, ...], tuple[str, ...]] = {}  # the names of thousands of folders are the same
        self.clips = [
            _Trajectory(folder, alike.setdefault(names, names))
            for folder, names in ((folder, _frame_names(folder)) for folder in folders)
        ]
        self.lengths = [Lengths(len(clip.frames), len(clip.frames)) for clip in self.clips]

    def read(self, index: int, start: int, length: int) -> Window:
        folder, names = self.clips[index]
        frames = torch.stack([read_frame(folder / name, SIZE) for name in names[start : start + length]])
        tables = [
            read_table(folder / table.csv, table.columns, len(names))[start : start + length] for table in self.tables
        ]
        return Window(frames, torch.cat(tables, 1) if tables else torch.zeros(length, 0))

    def describe(self, index: int) -> str:
        return str(self.clips[index].folder)

    def problems(self, indices: Sequence[int]) -> Iterator[Problem]:
        for index in indices:
            folder, names = self.clips[index]
            yield from (found for found in _read(folder, names, self.tables, len(names)) if isinstance(found, Problem))


def _frame_names(folder: Path) -> tuple[str, ...]:
    return consecutive_files(folder, ".png", bare=True, first=0, advice=", or leave this folder out")


def trajectories(split: Path) -> list[Path]:
    """ROOT/split/<shard>/<k>, shards and trajectories by the numbers in their names."""
    shards = sorted((path for path in split.iterdir() if path.is_dir()), key=natural_key)
    found = [path for shard in shards for path in sorted((p for p in shard.iterdir() if p.is_dir()), key=natural_key)]
    if not found:
        raise DataError(
            "holds no trajectory; a split is split/<shard>/<k>/0.png, 1.png, …, or split/<shard>.tfrecords files", split
        )
    return found


def parts(folders: Sequence[Path], conditions: Sequence[Condition]) -> list[CheckUnit]:
    """Each trajectory, for checking it."""
    tables = [CONDITIONS[condition] for condition in conditions]
    return [CheckUnit(folder, partial(_whole, folder, tables)) for folder in folders]


def empty_shards(split: Path) -> list[CheckUnit]:
    """What is wrong with shards that hold no trajectory, beside others that do."""
    empty = [
        shard
        for shard in sorted(split.iterdir(), key=natural_key)
        if shard.is_dir() and not any(path.is_dir() for path in shard.iterdir())
    ]
    return [
        CheckUnit(
            None, partial(iter, [Problem(shard, "holds no trajectory (0/0.png, 0/1.png, …); fill it, or remove it")])
        )
        for shard in empty
    ]


def _whole(folder: Path, tables: Sequence[Numbers]) -> Iterator[Window | Problem]:
    """All that is in the folder of a trajectory, and what is wrong with it."""
    there = list_numbered_files(folder, ".png", bare=True)
    yield from there.problems
    if there.names:
        last = max(there.names)
        for _, (path, what) in missing_files(folder, there.names, 0, last, {}):
            yield Problem(
                path, f"{what}, though the folder goes on to {there.names[last]}; restore this, or leave the folder out"
            )
        rows = min(1 + last, _MOST_GAPS * len(there.names))  # whatever number a stranger's file may have
        yield from _read(folder, tuple(there.names.values()), tables, rows)
        for table in tables:
            yield from _longer(folder / table.csv, table.columns, rows)


def _read(folder: Path, names: Sequence[str], tables: Sequence[Numbers], rows: int) -> Iterator[Window | Problem]:
    """Each frame and then the tables, or what is wrong with them."""
    for name in names:
        try:
            yield Window(read_frame(folder / name, SIZE)[None], torch.zeros(0, 0))
        except DataError as error:
            yield Problem.from_error(error, folder)
    numbers = []
    for table in tables:
        try:
            numbers.append(read_table(folder / table.csv, table.columns, rows))
        except DataError as error:
            yield Problem.from_error(error, folder)
    if numbers:
        yield Window(torch.zeros(0, 3, *SIZE), torch.cat(numbers, 1))


def _longer(csv: Path, columns: int, rows: int) -> Iterator[Problem]:
    """A gap at the end of a trajectory cannot be seen in the names of its frames, but here. (A run does without these rows.)"""
    try:
        read_table(csv, columns, rows)
        with open_regular_file(csv) as file:
            lines = [line for line in file.read(_LARGEST).splitlines() if line.strip()]
    except (DataError, OSError):  # said already
        return
    if len(lines) > rows:
        yield Problem(csv, f"has more rows than the {rows} frames of its folder; is one missing at the end?")
