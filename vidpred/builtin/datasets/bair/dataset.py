"""BAIR robot pushing, in the lab layout of PNG folders and as it was released, in TFRecords."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar

from pydantic import Field, NonNegativeInt

from vidpred import CheckUnit, DataError, Dataset, FeatureSpec, Problem, Split, SplitName
from vidpred.builtin.datasets.bair.folders import Folders, empty_shards, parts as folder_parts, trajectories
from vidpred.builtin.datasets.bair.layout import CONDITIONS, SIZE, Camera, Condition
from vidpred.builtin.datasets.bair.tfrecords import Records, parts as record_parts, places, records, shards

DEMO_CLIPS = {"train": 480, "validate": 32, "test": 32}

_Trajectory = TypeVar("_Trajectory")


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
        folder, files, cut = self._source(name)
        if files:
            return Records(self._share(records(files), name, cut), self.config.conditions, self.config.camera)
        return Folders(self._share(trajectories(folder), name, cut), self.config.conditions)

    def check_units(self, name: SplitName) -> Sequence[CheckUnit]:
        folder, files, cut = self._source(name)
        if files:
            found, wrong = self._shared(places(files), name, cut)
            return [*wrong, *record_parts(found, self.config.conditions, self.config.camera)]
        folders, wrong = self._shared(trajectories(folder), name, cut)
        return [*wrong, *empty_shards(folder), *folder_parts(folders, self.config.conditions)]

    def write_demo_data(self, root: Path, seed: int) -> None:
        from vidpred.worlds.robot.files import write_robot_data  # the renderer is needed for demo data only

        write_robot_data(root, seed, DEMO_CLIPS)

    def _source(self, name: SplitName) -> tuple[Path, list[Path], bool]:
        """The folder that a split comes from, its TFRecords, and whether training and validation share it."""
        root = self._root()
        cut = name != "test" and not (root / "validate").is_dir()
        folder = _existing(root / ("train" if cut else name))
        files = shards(folder)
        if not files and self.config.camera != "aux1":
            raise DataError(
                f"data.camera: is {self.config.camera}, but {folder} holds no TFRecords, and PNG folders have one camera only; "
                "leave data.camera out, or give the original release"
            )
        return folder, files, cut

    def _root(self) -> Path:
        """The folder that holds the splits: the release brings one of its own."""
        root = self.config.root
        if not root.is_dir():
            raise DataError(
                f"data.root: no folder {root}; it should hold train, validate and test; give another with "
                "--set data.root=FOLDER (docs/data.md says how to get the data), or do without any: vidpred run RECIPE --sample"
            )
        released = root / "softmotion30_44k"
        return released if released.is_dir() and not (root / "train").is_dir() else root

    def _share(self, found: Sequence[_Trajectory], name: SplitName, cut: bool) -> Sequence[_Trajectory]:
        """All, or where train serves as validate too: the validating share of the trajectories, or what it leaves."""
        if not cut:
            return found
        if len(found) < 2:
            raise DataError(
                "there is no validate folder, and the one trajectory of train cannot be split; add a validate folder",
                self._root(),
            )
        count = min(max(1, round(len(found) * self.config.validate_share)), len(found) - 1)
        chosen = set(Random(self.config.split_seed).sample(range(len(found)), count))
        return [trajectory for place, trajectory in enumerate(found) if (place in chosen) == (name == "validate")]

    def _shared(
        self, found: Sequence[_Trajectory], name: SplitName, cut: bool
    ) -> tuple[Sequence[_Trajectory], list[CheckUnit]]:
        """The same for checking: where they cannot be shared, that is what is wrong, and training has them."""
        try:
            return self._share(found, name, cut), []
        except DataError as error:
            return found if name == "train" else [], [
                CheckUnit(None, partial(iter, [Problem.from_error(error, self._root())]))
            ]


def _existing(split: Path) -> Path:
    if not split.is_dir():
        others = ", ".join(sorted(path.name for path in split.parent.iterdir() if path.is_dir()))
        raise DataError(
            "no such folder; a split is split/<shard>/<k>/0.png, 1.png, …; "
            f"folders in {split.parent}: {others or 'none'}",
            split,
        )
    return split
