"""Wrong conditions on purpose: how much a model's predictions hang on them is what it loses with another clip's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vidpred.contracts.data import Split, Window


class ShuffledConditions(Split):
    """A split in which every clip has the conditions of the next one that has as many, and the last those of the first; a
    clip without such a one has its own, reversed in time."""

    def __init__(self, split: Split) -> None:
        self.split = split
        self.lengths = split.lengths

    def other(self, index: int, end: int) -> int | None:
        """The clip whose conditions take the place of this one's up to `end`; None where it is its own."""
        clips = len(self.lengths)
        others = ((index + step) % clips for step in range(1, clips))
        return next((clip for clip in others if self.lengths[clip].conditions >= end), None)

    def read(self, index: int, start: int, length: int) -> Window:
        own, other = self.split.read(index, start, length), self.other(index, start + length)
        return Window(
            own.frames, own.conditions.flip(0) if other is None else self.split.read(other, start, length).conditions
        )

    def describe(self, index: int) -> str:
        return self.split.describe(index)

    def problems(self, indices: Sequence[int]) -> Iterator[str]:
        return self.split.problems(indices)
