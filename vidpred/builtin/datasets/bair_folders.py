"""BAIR robot pushing in the lab layout: a folder of PNGs and two CSVs for each trajectory."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch

from vidpred import DataError, Lengths, Sample, Split
from vidpred.builtin.datasets.bair_layout import CONDITIONS, SIZE, Condition
from vidpred.builtin.datasets.files import natural, numbered, read_csv, read_frame


class _Trajectory(NamedTuple):
    folder: Path
    frames: tuple[str, ...]


class Folders(Split):
    """The trajectories of one split, each a folder."""

    def __init__(self, folders: Sequence[Path], conditions: Sequence[Condition]) -> None:
        self.tables = [CONDITIONS[condition] for condition in conditions]
        alike: dict[tuple[str, ...], tuple[str, ...]] = {}      # the names of thousands of folders are the same
        self.clips = [_Trajectory(folder, alike.setdefault(names, names)) for folder, names in
                      ((folder, numbered(folder, ".png")) for folder in folders)]
        self.lengths = [Lengths(len(clip.frames), len(clip.frames)) for clip in self.clips]

    def read(self, index: int, start: int, length: int) -> Sample:
        folder, names = self.clips[index]
        frames = torch.stack([read_frame(folder / name, SIZE) for name in names[start:start + length]])
        tables = [read_csv(folder / table.csv, table.columns, len(names))[start:start + length] for table in self.tables]
        return Sample(frames, torch.cat(tables, 1) if tables else torch.zeros(length, 0))

    def describe(self, index: int) -> str:
        return str(self.clips[index].folder)

    def problems(self, indices: Sequence[int]) -> Iterator[str]:
        for index in indices:
            folder, names = self.clips[index]
            readings: list[Callable[[], object]] = [partial(read_frame, folder / name, SIZE) for name in names]
            readings += [partial(read_csv, folder / table.csv, table.columns, len(names)) for table in self.tables]
            for reading in readings:
                try:
                    reading()
                except DataError as error:
                    yield str(error)


def trajectories(split: Path) -> list[Path]:
    """ROOT/split/<shard>/<k>, shards and trajectories by the numbers in their names."""
    shards = sorted((path for path in split.iterdir() if path.is_dir()), key=natural)
    found = [path for shard in shards for path in sorted((p for p in shard.iterdir() if p.is_dir()), key=natural)]
    if not found:
        raise DataError(f"{split}: holds no trajectory; a split is split/<shard>/<k>/0.png, 1.png, …, or split/<shard>.tfrecords files")
    return found
