"""Several data sets as one: training may show clips of more than one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from vidpred.contracts.data import Dataset, Problem, Split, Window
from vidpred.errors import DataError


class ConcatSplit(Split):
    """The clips of several splits, one split after the other."""

    def __init__(self, splits: Sequence[Split]) -> None:
        self.splits = splits
        self.lengths = [length for split in splits for length in split.lengths]
        self.first_clips = [0, *accumulate(len(split.lengths) for split in splits)]
        self.ranges = [range(begin, end) for begin, end in pairwise(self.first_clips)]

    def read(self, index: int, start: int, length: int) -> Window:
        split, own_index = self._locate(index)
        return split.read(own_index, start, length)

    def describe(self, index: int) -> str:
        split, own_index = self._locate(index)
        return split.describe(own_index)

    def problems(self, indices: Sequence[int]) -> Iterator[Problem]:
        for split, own_range in zip(self.splits, self.ranges, strict=True):
            yield from split.problems([index - own_range.start for index in indices if index in own_range])

    def _locate(self, index: int) -> tuple[Split, int]:
        """Return the split of a clip, and the clip's index in it."""
        number = bisect_right(self.first_clips, index) - 1
        return self.splits[number], index - self.first_clips[number]


def require_same_specs(datasets: Sequence[Dataset]) -> None:
    """Check that data sets can be trained on together. Raises DataError if one differs from the first."""
    first = datasets[0]
    for number, other in enumerate(datasets[1:], 1):
        for attribute in ("frame", "condition", "lead"):
            expected, actual = getattr(first, attribute), getattr(other, attribute)
            if expected != actual:
                raise DataError(
                    f"data.{number}: the {attribute} of {other.name} is {actual}, but of data.0, {first.name}, it is "
                    f"{expected}; data sets that are trained on together must agree"
                )
