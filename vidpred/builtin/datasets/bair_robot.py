"""BAIR robot pushing in the lab layout: a folder of PNGs and two CSVs for each trajectory."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

import torch
from pydantic import Field, NonNegativeInt

import vidpred
from vidpred import DataError, Dataset, FeatureSpec, Lengths, Sample, Split, SplitName
from vidpred.builtin.datasets.files import numbered, read_csv, read_frame

SIZE = (64, 64)
Condition = Literal["actions", "positions"]
_TABLES: dict[Condition, tuple[str, int]] = {"actions": ("actions.csv", 4), "positions": ("endeffector_positions.csv", 3)}


class BairRobot(Dataset):
    """A robot arm pushing objects on a table, 64x64 RGB, with 4 action and 3 end-effector numbers for each frame.

    ROOT/{train,validate,test}/<shard>/<k>/ holds 0.png, 1.png, … and actions.csv (4 columns) and
    endeffector_positions.csv (3 columns), without a header, one row for each frame.
    """

    name = "bair_robot"
    reference = "Ebert et al. 2017, arXiv:1710.05268"
    lead = 1

    class Config(vidpred.Config):
        root: Path = Field(Path("data/bair"), description="folder with train, validate and test")
        conditions: tuple[Condition, ...] = Field(("actions", "positions"), description="what conditions the prediction; [] for nothing")
        validate_share: float = Field(
            0.05, gt=0, lt=1, description="share of the training trajectories that validates, where there is no validate folder")
        split_seed: NonNegativeInt = Field(0, description="seed of that choice")

    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.frame = FeatureSpec(3, SIZE)
        self.condition = FeatureSpec(sum(_TABLES[name][1] for name in config.conditions))

    def split(self, name: SplitName) -> Trajectories:
        root = self.config.root
        if not root.is_dir():
            raise DataError(f"data.root: no folder {root}; it should hold train, validate and test (docs/data.md says how to get "
                            "the data); give another with --set data.root=FOLDER")
        cut = name != "test" and not (root / "validate").is_dir()
        folders = _trajectories(root / ("train" if cut else name))
        if cut:
            folders = self._cut(folders, name)
        return Trajectories(folders, self.config.conditions)

    def _cut(self, folders: list[Path], name: SplitName) -> list[Path]:
        """The validating share of the training trajectories, or what it leaves."""
        if len(folders) < 2:
            raise DataError(f"{self.config.root}: there is no validate folder, and the one trajectory of train cannot be split; "
                            "add a validate folder")
        count = min(max(1, round(len(folders) * self.config.validate_share)), len(folders) - 1)
        chosen = set(Random(self.config.split_seed).sample(range(len(folders)), count))
        return [folder for place, folder in enumerate(folders) if (place in chosen) == (name == "validate")]


class _Trajectory(NamedTuple):
    folder: Path
    frames: tuple[str, ...]


class Trajectories(Split):
    """The trajectories of one split."""

    def __init__(self, folders: Sequence[Path], conditions: Sequence[Condition]) -> None:
        self.conditions = conditions
        alike: dict[tuple[str, ...], tuple[str, ...]] = {}      # the names of thousands of folders are the same
        self.clips = [_Trajectory(folder, alike.setdefault(names, names)) for folder, names in
                      ((folder, numbered(folder, ".png")) for folder in folders)]
        self.lengths = [Lengths(len(clip.frames), len(clip.frames)) for clip in self.clips]

    def read(self, index: int, start: int, length: int) -> Sample:
        folder, names = self.clips[index]
        frames = torch.stack([read_frame(folder / name, SIZE) for name in names[start:start + length]])
        tables = [read_csv(folder / file, columns, len(names))[start:start + length]
                  for file, columns in (_TABLES[condition] for condition in self.conditions)]
        return Sample(frames, torch.cat(tables, 1) if tables else torch.zeros(length, 0))

    def describe(self, index: int) -> str:
        return str(self.clips[index].folder)

    def problems(self, indices: Sequence[int]) -> Iterator[str]:
        for index in indices:
            folder, names = self.clips[index]
            readings: list[Callable[[], object]] = [partial(read_frame, folder / name, SIZE) for name in names]
            readings += [partial(read_csv, folder / file, columns, len(names))
                         for file, columns in (_TABLES[condition] for condition in self.conditions)]
            for reading in readings:
                try:
                    reading()
                except DataError as error:
                    yield str(error)


def _trajectories(split: Path) -> list[Path]:
    """ROOT/split/<shard>/<k>, shards and trajectories by the numbers in their names."""
    if not split.is_dir():
        others = ", ".join(sorted(path.name for path in split.parent.iterdir() if path.is_dir()))
        raise DataError(f"{split}: no such folder; a split is split/<shard>/<k>/0.png, 1.png, …; "
                        f"folders in {split.parent}: {others or 'none'}")
    shards = sorted((path for path in split.iterdir() if path.is_dir()), key=_natural)
    found = [path for shard in shards for path in sorted((p for p in shard.iterdir() if p.is_dir()), key=_natural)]
    if not found:
        raise DataError(f"{split}: holds no trajectory; a split is split/<shard>/<k>/0.png, 1.png, …")
    return found


def _natural(path: Path) -> list[tuple[int, str]]:
    """Names in the order of the numbers in them."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name) if part]
