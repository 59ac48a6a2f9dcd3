"""Wrong conditions on purpose: how much a model's predictions hang on them is what it loses with another clip's."""
from __future__ import annotations

from collections.abc import Iterator, Sequence

from vidpred.contracts.data import Sample, Split


class OtherConditions(Split):
    """A split in which every clip has the conditions of the next one, and the last those of the first; a single clip has
    its own, reversed in time."""

    def __init__(self, split: Split) -> None:
        self.split = split
        self.lengths = split.lengths

    def read(self, index: int, start: int, length: int) -> Sample:
        own = self.split.read(index, start, length)
        if len(self.lengths) == 1:
            return Sample(own.frames, own.conditions.flip(0))
        other = self.split.read((index + 1) % len(self.lengths), start, length)
        return Sample(own.frames, other.conditions)

    def describe(self, index: int) -> str:
        return self.split.describe(index)

    def problems(self, indices: Sequence[int]) -> Iterator[str]:
        return self.split.problems(indices)
