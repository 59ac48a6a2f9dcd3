"""Data sets: known lengths, random access, nothing random. Which windows an epoch shows is the engine's business."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

from torch import Tensor

from vidpred.contracts import base
from vidpred.contracts.specs import FeatureSpec
from vidpred.errors import DataError

SplitName = Literal["train", "validate", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validate", "test")
_FEW = 64  # frames that are held at once while a clip is checked


class Lengths(NamedTuple):
    """How many frames and conditions one clip has: a test clip may have 1 frame and 629 conditions."""

    frames: int
    conditions: int


class Window(NamedTuple):
    """A window as it was recorded: `frames` uint8 [T, C, H, W]; `conditions` float32 [T, ...], row k recorded with
    frame k. The engine moves them by the data set's `lead`."""

    frames: Tensor
    conditions: Tensor


class CheckUnit(NamedTuple):
    """Something of a split that can be read by itself, in another process: a clip, or a stretch of one.

    `clip` is where its clip is, as `describe` says it; "" where what is wrong belongs to none. `read` can be pickled; it goes
    on after what is wrong, and yields a line for each problem, naming the file, and whatever it could read, in order: frames
    as they are on disk, of any size, and conditions, as many of each as there are.
    """

    clip: str
    read: Callable[[], Iterator[Window | str]]


class Split:
    """The clips of one split."""

    lengths: Sequence[Lengths]

    @abstractmethod
    def read(self, index: int, start: int, length: int) -> Window:
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

    def parts(self, name: SplitName) -> Sequence[CheckUnit]:
        """All of a split, for checking it, however damaged it is; the parts of a clip follow each other. Raises DataError
        where the split is missing or holds no clip. Data sets whose `split` refuses what is damaged say more here."""
        split = self.split(name)
        return [CheckUnit(split.describe(index), partial(_whole, split, index)) for index in range(len(split.lengths))]

    def write_sample(self, root: Path, seed: int) -> None:
        """Render a small data set of this kind into `root`, in the true layout on disk; the same for the same seed."""
        raise DataError(f"{self.name} cannot render a sample; give it real data: --set data.root=FOLDER")


def _whole(split: Split, index: int) -> Iterator[Window | str]:
    """What is wrong with a clip; where that is nothing, all of it, some frames at a time."""
    problems = list(split.problems([index]))
    yield from problems
    frames, last = split.lengths[index].frames, max(split.lengths[index])
    for start in range(0, 0 if problems else frames, _FEW):
        yield split.read(index, start, _FEW if start + _FEW < frames else last - start)


class Augmentation(base.Component):
    """Changes a training window: (sample, key) -> sample, frames and conditions together; all randomness from `key`."""

    @abstractmethod
    def __call__(self, sample: Window, key: int) -> Window: ...
