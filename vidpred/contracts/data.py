"""Data sets: clips of known lengths with random access. The engine decides which windows an epoch shows."""

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
    """The number of frames and conditions of one clip; a test clip may have 1 frame and 629 conditions."""

    frames: int
    conditions: int


class Window(NamedTuple):
    """Recorded frames and conditions: `frames` uint8 [T, C, H, W]; `conditions` float32 [T, ...], row k recorded with
    frame k. The engine shifts them by the data set's `lead`."""

    frames: Tensor
    conditions: Tensor


class Problem(NamedTuple):
    """One thing that is wrong with a data set: the file or folder, and a message without its path."""

    path: Path
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"

    @classmethod
    def from_error(cls, error: Exception, path: Path) -> Problem:
        """Return the problem of an error, with `path` unless the error has a path itself."""
        if isinstance(error, DataError):
            path = error.path or path
            return cls(path, error.message.removeprefix(f"{path}: "))
        if isinstance(error, OSError):
            return cls(Path(error.filename or path), f"cannot be read: {error.strerror}")
        return cls(path, str(error))


class CheckUnit(NamedTuple):
    """A clip, or a part of one, that a data check reads by itself, in another process.

    `path` is the file or folder of the clip, and `item` names the clip in a file of several (`record 3`); without a
    path, the unit belongs to no clip and only has problems. `read` continues after a problem. It yields every problem
    and everything that can be read, in order: frames as they are on disk, of any size, and conditions, as many of each
    as exist.
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
        """Read frames and conditions start .. start+length-1 of one clip. Raises DataError, whose path is the file."""

    @abstractmethod
    def describe(self, index: int) -> str:
        """Return the clip's folder or file, for messages."""

    def problems(self, indices: Sequence[int]) -> Iterator[Problem]:
        """Read these clips completely and yield their problems.

        This default reads 64 frames at a time and reports one problem for each of these windows; override it to report
        every damaged file.
        """
        for index in indices:
            problems = [result for result in _read_clip(self, index) if isinstance(result, Problem)]
            yield from dict.fromkeys(problems)  # a table that cannot be read is a problem of every window


class Dataset(base.Component):
    """A data set. The constructor must not read the disk: `frame` and `condition` follow from the settings.

    `lead` is the number of frames by which a recorded condition precedes the frame that it determines: 1 for robot
    actions (action t-1 leads to frame t), 0 for drawn poses (skeleton t belongs to frame t).
    """

    class Config(base.Config):
        root: Path = Field(description="folder that holds the data")

    config: Config
    lead: ClassVar[Literal[0, 1]] = 0
    frame: FeatureSpec
    condition: FeatureSpec

    @abstractmethod
    def split(self, name: SplitName) -> Split:
        """Open a split. Raises DataError if it is missing or holds no clip."""

    def check_units(self, name: SplitName) -> Sequence[CheckUnit]:
        """Return the units of a split for `vidpred data check`, however damaged it is. Units of a clip are adjacent.

        Override this if `split` refuses damaged data. Raises DataError if the split is missing or holds no clip.
        """
        split = self.split(name)
        return [
            CheckUnit(Path(split.describe(index)), partial(_check_clip, split, index))
            for index in range(len(split.lengths))
        ]

    def write_demo_data(self, root: Path, seed: int) -> None:
        """Render a small data set into `root`, in the layout that `split` reads. Equal seeds give equal files."""
        raise DataError(f"{self.name} cannot render demo data; give it real data: --set data.root=FOLDER")


def _check_clip(split: Split, index: int) -> Iterator[Window | Problem]:
    """Yield the problems of a clip; if it has none, all of its windows."""
    problems = list(split.problems([index]))
    yield from problems or _read_clip(split, index)


def _read_clip(split: Split, index: int) -> Iterator[Window | Problem]:
    """Read all of a clip, some frames at a time; the last window also holds the conditions after the last frame."""
    frames, last = split.lengths[index].frames, max(split.lengths[index])
    for start in range(0, frames, _FRAMES_AT_ONCE):
        length = _FRAMES_AT_ONCE if start + _FRAMES_AT_ONCE < frames else last - start
        try:
            yield split.read(index, start, length)
        except DataError as error:
            yield Problem.from_error(error, Path(split.describe(index)))


class Augmentation(base.Component):
    """Changes a training window: frames and conditions together, with all randomness from a key."""

    @abstractmethod
    def __call__(self, window: Window, key: int) -> Window: ...
