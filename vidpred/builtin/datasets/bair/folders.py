"""BAIR robot pushing in the lab layout: a folder with PNG frames and two CSV files for each trajectory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch

from vidpred import CheckUnit, DataError, Lengths, Problem, Split, Window
from vidpred.builtin.datasets.bair.layout import CONDITIONS, SIZE, Condition, ConditionTable
from vidpred.io import (
    consecutive_files,
    list_numbered_files,
    missing_files,
    natural_key,
    open_regular_file,
    read_frame,
    read_table,
)

_MOST_GAPS = 1000  # missing frames for each existing one, beyond which no table rows are expected
_LARGEST = 1 << 20  # bytes of a table that are searched for additional rows


class _Trajectory(NamedTuple):
    folder: Path
    frames: tuple[str, ...]


class FolderSplit(Split):
    """The trajectories of one split, each a folder."""

    def __init__(self, folders: Sequence[Path], conditions: Sequence[Condition]) -> None:
        self.tables = [CONDITIONS[condition] for condition in conditions]
        shared_names: dict[tuple[str, ...], tuple[str, ...]] = {}  # thousands of folders have the same file names
        self.clips = []
        for folder in folders:
            names = consecutive_files(folder, ".png", bare=True, first=0, advice=", or leave this folder out")
            self.clips.append(_Trajectory(folder, shared_names.setdefault(names, names)))
        self.lengths = [Lengths(len(clip.frames), len(clip.frames)) for clip in self.clips]

    def read(self, index: int, start: int, length: int) -> Window:
        folder, names = self.clips[index]
        end = start + length
        frames = torch.stack([read_frame(folder / name, SIZE) for name in names[start:end]])
        tables = [read_table(folder / table.csv, table.columns, len(names))[start:end] for table in self.tables]
        return Window(frames, torch.cat(tables, 1) if tables else torch.zeros(length, 0))

    def describe(self, index: int) -> str:
        return str(self.clips[index].folder)

    def problems(self, indices: Sequence[int]) -> Iterator[Problem]:
        for index in indices:
            folder, names = self.clips[index]
            for result in _read_all(folder, names, self.tables, len(names)):
                if isinstance(result, Problem):
                    yield result


def list_trajectories(split: Path) -> list[Path]:
    """List the folders ROOT/split/<shard>/<k>, shards and trajectories by the numbers in their names. Raises DataError
    if the split holds none."""
    trajectories = [folder for shard in _subfolders(split) for folder in _subfolders(shard)]
    if not trajectories:
        raise DataError(
            "holds no trajectory; a split is split/<shard>/<k>/0.png, 1.png, …, or split/<shard>.tfrecords files", split
        )
    return trajectories


def check_trajectories(folders: Sequence[Path], conditions: Sequence[Condition]) -> list[CheckUnit]:
    """Return a check unit for each trajectory."""
    tables = [CONDITIONS[condition] for condition in conditions]
    return [CheckUnit(folder, partial(_check_trajectory, folder, tables)) for folder in folders]


def check_empty_shards(split: Path) -> list[CheckUnit]:
    """Return a unit with a problem for each shard that holds no trajectory."""
    empty = [shard for shard in _subfolders(split) if not any(path.is_dir() for path in shard.iterdir())]
    message = "holds no trajectory (0/0.png, 0/1.png, …); fill it, or remove it"
    return [CheckUnit(None, partial(iter, [Problem(shard, message)])) for shard in empty]


def _subfolders(folder: Path) -> list[Path]:
    return sorted((path for path in folder.iterdir() if path.is_dir()), key=natural_key)


def _check_trajectory(folder: Path, tables: Sequence[ConditionTable]) -> Iterator[Window | Problem]:
    """Yield everything in the folder of a trajectory, and its problems."""
    files = list_numbered_files(folder, ".png", bare=True)
    yield from files.problems
    if not files.names:
        return
    last = max(files.names)
    for _, (path, message) in missing_files(folder, files.names, 0, last, {}):
        yield Problem(
            path,
            f"{message}, though the folder continues to {files.names[last]}; restore this, or leave the folder out",
        )
    rows = min(1 + last, _MOST_GAPS * len(files.names))  # the number in an untrusted file name can be huge
    yield from _read_all(folder, tuple(files.names.values()), tables, rows)
    for table in tables:
        yield from _find_additional_rows(folder / table.csv, table.columns, rows)


def _read_all(
    folder: Path, names: Sequence[str], tables: Sequence[ConditionTable], rows: int
) -> Iterator[Window | Problem]:
    """Read each frame and then the tables; yield them, or their problems."""
    for name in names:
        try:
            yield Window(read_frame(folder / name, SIZE)[None], torch.zeros(0, 0))
        except DataError as error:
            yield Problem.from_error(error, folder)
    conditions = []
    for table in tables:
        try:
            conditions.append(read_table(folder / table.csv, table.columns, rows))
        except DataError as error:
            yield Problem.from_error(error, folder)
    if conditions:
        yield Window(torch.zeros(0, 3, *SIZE), torch.cat(conditions, 1))


def _find_additional_rows(csv: Path, columns: int, rows: int) -> Iterator[Problem]:
    """Yield a problem if a table has more rows than there are frames: the last frames may be missing, which the names
    of the other frames cannot show. A run ignores these rows."""
    try:
        read_table(csv, columns, rows)
        with open_regular_file(csv) as file:
            lines = [line for line in file.read(_LARGEST).splitlines() if line.strip()]
    except (DataError, OSError):  # reported by _read_all
        return
    if len(lines) > rows:
        yield Problem(csv, f"has more rows than the {rows} frames of its folder; is one missing at the end?")
