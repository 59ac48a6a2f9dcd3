"""Data sets: known lengths, random access, nothing random. Which windows an epoch shows is the engine's business."""
from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

from torch import Tensor

from vidpred.contracts import base
from vidpred.contracts.specs import FeatureSpec
from vidpred.errors import DataError

SplitName = Literal["train", "validate", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validate", "test")


class Lengths(NamedTuple):
    """How many frames and conditions one clip has: a test clip may have 1 frame and 629 conditions."""

    frames: int
    conditions: int


class Sample(NamedTuple):
    """A window as it was recorded: `frames` uint8 [T, C, H, W]; `conditions` float32 [T, ...], row k recorded with
    frame k. The engine moves them by the data set's `lead`."""

    frames: Tensor
    conditions: Tensor


class Split:
    """The clips of one split."""

    lengths: Sequence[Lengths]

    @abstractmethod
    def read(self, index: int, start: int, length: int) -> Sample:
        """Frames and conditions start .. start+length-1 of one clip. Raises DataError, naming the file."""

    @abstractmethod
    def describe(self, index: int) -> str:
        """Where this clip is, for messages: its folder or file."""

    @abstractmethod
    def problems(self, indices: Sequence[int]) -> Iterator[str]:
        """Read these clips whole, and say what is wrong with them, one line for each problem, naming the file."""


class Dataset(base.Component):
    """A data set. The constructor must not touch the disk: `frame` and `condition` follow from settings alone.

    `lead` is how many frames a recorded condition precedes the frame that it makes: 1 for robot actions (action t-1
    makes frame t), 0 for drawn poses (skeleton t belongs to frame t).
    """

    lead: ClassVar[Literal[0, 1]] = 0
    frame: FeatureSpec
    condition: FeatureSpec

    @abstractmethod
    def split(self, name: SplitName) -> Split:
        """Open a split. Raises DataError where it is missing or holds no clip."""

    def write_sample(self, root: Path, seed: int) -> None:
        """Render a small data set of this kind into `root`, in the true layout on disk; the same for the same seed."""
        raise DataError(f"{self.name} cannot render a sample; give it real data: --set data.root=FOLDER")


class Augmentation(base.Component):
    """Changes a training window: (sample, key) -> sample, frames and conditions together; all randomness from `key`."""

    @abstractmethod
    def __call__(self, sample: Sample, key: int) -> Sample: ...
