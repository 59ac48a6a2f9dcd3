"""Several data sets as one: what training shows may come from more than one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from vidpred.contracts.data import Dataset, Split, Window
from vidpred.errors import DataError


class ConcatSplit(Split):
    """The clips of these splits, one after the other."""

    def __init__(self, splits: Sequence[Split]) -> None:
        self.splits = splits
        self.lengths = [has for split in splits for has in split.lengths]
        self.first = [0, *accumulate(len(split.lengths) for split in splits)]
        self.ranges = [range(begin, end) for begin, end in pairwise(self.first)]

    def read(self, index: int, start: int, length: int) -> Window:
        split, own = self._find(index)
        return split.read(own, start, length)

    def describe(self, index: int) -> str:
        split, own = self._find(index)
        return split.describe(own)

    def problems(self, indices: Sequence[int]) -> Iterator[str]:
        for split, own in zip(self.splits, self.ranges, strict=True):
            yield from split.problems([index - own.start for index in indices if index in own])

    def _find(self, index: int) -> tuple[Split, int]:
        place = next(place for place, end in enumerate(self.first[1:]) if index < end)
        return self.splits[place], index - self.first[place]


def alike(datasets: Sequence[Dataset]) -> None:
    """Raises DataError where one of them cannot be trained on together with the first."""
    first = datasets[0]
    for place, other in enumerate(datasets[1:], 1):
        for what in ("frame", "condition", "lead"):
            own, its = getattr(first, what), getattr(other, what)
            if own != its:
                raise DataError(
                    f"data.{place}: the {what} of {other.name} is {its}, but of data.0, {first.name}, it is {own}; "
                    "data sets that are trained on together must agree"
                )
