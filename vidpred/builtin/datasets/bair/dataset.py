"""BAIR robot pushing, in the lab layout of PNG folders and in TFRecords as originally released."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeVar

from pydantic import Field, NonNegativeInt

from vidpred import CheckUnit, DataError, Dataset, FeatureSpec, Problem, Split, SplitName
from vidpred.builtin.datasets.bair.folders import FolderSplit, check_empty_shards, check_trajectories, list_trajectories
from vidpred.builtin.datasets.bair.layout import CONDITIONS, SIZE, Camera, Condition
from vidpred.builtin.datasets.bair.tfrecords import (
    RecordSplit,
    check_records,
    list_records,
    list_shards,
    locate_records,
)

DEMO_CLIPS = {"train": 480, "validate": 32, "test": 32}

_Trajectory = TypeVar("_Trajectory")


class _Source(NamedTuple):
    """Where the trajectories of a split are."""

    folder: Path
    shards: list[Path]  # its TFRecord files; empty for PNG folders
    is_shared: bool  # train and validate share the folder


class BairRobot(Dataset):
    """A robot arm pushing objects on a table, 64x64 RGB, with 4 action and 3 end-effector numbers for each frame.

    ROOT/{train,validate,test}/ holds either <shard>/<k>/ with 0.png, 1.png, … and actions.csv (4 columns) and
    endeffector_positions.csv (3 columns), without a header, one row for each frame; or the <shard>.tfrecords files of
    the original release. ROOT may also be the folder above its softmotion30_44k.
    """

    name = "bair_robot"
    reference = "Ebert et al. 2017, arXiv:1710.05268"
    lead = 1

    class Config(Dataset.Config):
        root: Path = Field(Path("data/bair"), description="folder with train, validate and test")
        conditions: tuple[Condition, ...] = Field(
            ("actions", "positions"), description="what conditions the prediction; [] for nothing"
        )
        camera: Camera = Field("aux1", description="which of the two cameras; only TFRecords have both")
        validate_share: float = Field(
            0.05,
            gt=0,
            lt=1,
            description="share of the training trajectories that validates, where there is no validate folder",
        )
        split_seed: NonNegativeInt = Field(0, description="seed of that choice")

    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.frame = FeatureSpec(3, SIZE)
        self.condition = FeatureSpec(sum(CONDITIONS[name].columns for name in config.conditions))

    def split(self, name: SplitName) -> Split:
        source = self._source(name)
        if source.shards:
            records = self._select(list_records(source.shards), name, source)
            return RecordSplit(records, self.config.conditions, self.config.camera)
        folders = self._select(list_trajectories(source.folder), name, source)
        return FolderSplit(folders, self.config.conditions)

    def check_units(self, name: SplitName) -> Sequence[CheckUnit]:
        source = self._source(name)
        if source.shards:
            locations, units = self._select_for_check(locate_records(source.shards), name, source)
            return [*units, *check_records(locations, self.config.conditions, self.config.camera)]
        folders, units = self._select_for_check(list_trajectories(source.folder), name, source)
        return [*units, *check_empty_shards(source.folder), *check_trajectories(folders, self.config.conditions)]

    def write_demo_data(self, root: Path, seed: int) -> None:
        from vidpred.worlds.robot.files import write_robot_data  # the renderer is needed for demo data only

        write_robot_data(root, seed, DEMO_CLIPS)

    def _source(self, name: SplitName) -> _Source:
        """Find the trajectories of a split. Raises DataError if its folder is missing, or lacks the camera."""
        root = self._root()
        is_shared = name != "test" and not (root / "validate").is_dir()
        folder = _existing_folder(root / ("train" if is_shared else name))
        shards = list_shards(folder)
        if not shards and self.config.camera != "aux1":
            raise DataError(
                f"data.camera: is {self.config.camera}, but {folder} holds no TFRecords, and PNG folders have one "
                "camera only; leave data.camera out, or give the original release"
            )
        return _Source(folder, shards, is_shared)

    def _root(self) -> Path:
        """Return the folder that holds the splits; the original release has one of its own. Raises DataError."""
        root = self.config.root
        if not root.is_dir():
            raise DataError(
                f"data.root: no folder {root}; it should hold train, validate and test; give another with "
                "--set data.root=FOLDER (docs/data.md says how to get the data), or do without any: "
                "vidpred run RECIPE --sample"
            )
        released = root / "softmotion30_44k"
        return released if released.is_dir() and not (root / "train").is_dir() else root

    def _select(self, trajectories: Sequence[_Trajectory], name: SplitName, source: _Source) -> Sequence[_Trajectory]:
        """Return the trajectories of a split: all, or its share of a folder that train and validate share. Raises
        DataError if the folder holds a single trajectory."""
        if not source.is_shared:
            return trajectories
        if len(trajectories) < 2:
            raise DataError(
                "there is no validate folder, and the one trajectory of train cannot be split; add a validate folder",
                self._root(),
            )
        count = min(max(1, round(len(trajectories) * self.config.validate_share)), len(trajectories) - 1)
        validation = set(Random(self.config.split_seed).sample(range(len(trajectories)), count))
        return [
            trajectory for index, trajectory in enumerate(trajectories) if (index in validation) == (name == "validate")
        ]

    def _select_for_check(
        self, trajectories: Sequence[_Trajectory], name: SplitName, source: _Source
    ) -> tuple[Sequence[_Trajectory], list[CheckUnit]]:
        """Select trajectories; if they cannot be shared, that is a problem, and all are checked as training data."""
        try:
            return self._select(trajectories, name, source), []
        except DataError as error:
            problem = Problem.from_error(error, self._root())
            return trajectories if name == "train" else [], [CheckUnit(None, partial(iter, [problem]))]


def _existing_folder(split: Path) -> Path:
    if not split.is_dir():
        existing = ", ".join(sorted(path.name for path in split.parent.iterdir() if path.is_dir()))
        raise DataError(
            "no such folder; a split is split/<shard>/<k>/0.png, 1.png, …; "
            f"folders in {split.parent}: {existing or 'none'}",
            split,
        )
    return split
