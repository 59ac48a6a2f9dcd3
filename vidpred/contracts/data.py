"""Data sets: known lengths, random access, nothing random. Which windows an epoch shows is the engine's business."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

from pydantic import Field
from torch import Tensor

from vidpred.contracts import base
from vidpred.contracts.specs import FeatureSpec
from vidpred.contracts.splits import SPLITS as SPLITS, SplitName as SplitName
from vidpred.errors import DataError

_FRAMES_AT_ONCE = 64  # frames in memory while a clip is checked


class Lengths(NamedTuple):
    """How many frames and conditions one clip has: a test clip may have 1 frame and 629 conditions."""

    frames: int
    conditions: int


class Window(NamedTuple):
    """A window as it was recorded: `frames` uint8 [T, C, H, W]; `conditions` float32 [T, ...], row k recorded with
    frame k. The engine moves them by the data set's `lead`."""

    frames: Tensor
    conditions: Tensor


class Problem(NamedTuple):
    """One thing that is wrong with a data set: the file or folder, and what is wrong with it."""

    path: Path
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"

    @classmethod
    def from_error(cls, error: Exception, path: Path) -> Problem:
        """Return what this error says, of `path` unless the error names a file itself."""
        if isinstance(error, DataError):
            path = error.path or path
            return cls(path, error.message.removeprefix(f"{path}: "))
        if isinstance(error, OSError):
            return cls(Path(error.filename or path), f"cannot be read: {error.strerror}")
        return cls(path, str(error))


class CheckUnit(NamedTuple):
    """A piece of a split that can be read by itself, in another process: a clip, or a stretch of one.

    `path` is the file or folder of its clip, and `item` says which clip it is in a file of several (`record 3`); without a
    path, the unit belongs to no clip and only has problems. `read` can be pickled. It continues after a problem, and yields
    every problem and whatever it could read, in order: frames as they are on disk, of any size, and conditions, as many of
    each as exist.
    """

    path: Path | None
    read: Callable[[], Iterator[Window | Problem]]
    item: str = ""

    @property
    def clip(self) -> str:
        """The clip, for messages; empty if the unit belongs to none."""
        if self.path is None:
            return ""
        return f"{self.path}: {self.item}" if self.item else str(self.path)


class Split:
    """The clips of one split."""

    lengths: Sequence[Lengths]

    @abstractmethod
    def read(self, index: int, start: int, length: int) -> Window:
        """Frames and conditions start .. start+length-1 of one clip. Raises DataError, naming the file."""

    @abstractmethod
    def describe(self, index: int) -> str:
        """Where this clip is, for messages: its folder or file."""

    def problems(self, indices: Sequence[int]) -> Iterator[Problem]:
        """Read all of these clips and yield what is wrong with them. This default reads some frames at a time, and so finds
        one problem in each stretch; a data set that can name every bad file overrides it."""
        for index in indices:
            problems = [result for result in _read_clip(self, index) if isinstance(result, Problem)]
            yield from dict.fromkeys(problems)  # a table that cannot be read is a problem of every stretch


class Dataset(base.Component):
    """A data set. The constructor must not touch the disk: `frame` and `condition` follow from settings alone.

    `lead` is how many frames a recorded condition precedes the frame that it makes: 1 for robot actions (action t-1
    makes frame t), 0 for drawn poses (skeleton t belongs to frame t).
    """

    class Config(base.Config):
        root: Path = Field(description="folder that holds the data")

    config: Config
    lead: ClassVar[Literal[0, 1]] = 0
    frame: FeatureSpec
    condition: FeatureSpec

    @abstractmethod
    def split(self, name: SplitName) -> Split:
        """Open a split. Raises DataError where it is missing or holds no clip."""

    def check_units(self, name: SplitName) -> Sequence[CheckUnit]:
        """All of a split, for checking it, however damaged it is; the parts of a clip follow each other. Raises DataError
        where the split is missing or holds no clip. Data sets whose `split` refuses what is damaged say more here."""
        split = self.split(name)
        return [
            CheckUnit(Path(split.describe(index)), partial(_check_clip, split, index))
            for index in range(len(split.lengths))
        ]

    def write_demo_data(self, root: Path, seed: int) -> None:
        """Render a small data set of this kind into `root`, in the true layout on disk; the same for the same seed."""
        raise DataError(f"{self.name} cannot render a sample; give it real data: --set data.root=FOLDER")


def _check_clip(split: Split, index: int) -> Iterator[Window | Problem]:
    """Yield what is wrong with a clip; if nothing is, all of its windows."""
    problems = list(split.problems([index]))
    yield from problems or _read_clip(split, index)


def _read_clip(split: Split, index: int) -> Iterator[Window | Problem]:
    """Read all of a clip, some frames at a time; the last window also holds the conditions that go beyond the frames."""
    frames, last = split.lengths[index].frames, max(split.lengths[index])
    for start in range(0, frames, _FRAMES_AT_ONCE):
        length = _FRAMES_AT_ONCE if start + _FRAMES_AT_ONCE < frames else last - start
        try:
            yield split.read(index, start, length)
        except DataError as error:
            yield Problem.from_error(error, Path(split.describe(index)))


class Augmentation(base.Component):
    """Changes a training window: (sample, key) -> sample, frames and conditions together; all randomness from `key`."""

    @abstractmethod
    def __call__(self, sample: Window, key: int) -> Window: ...
