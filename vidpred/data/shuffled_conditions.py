"""Condition shuffling: the conditions of another clip, to measure how much a model's predictions depend on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vidpred.contracts.data import Problem, Split, Window


class ShuffledConditions(Split):
    """A split in which every clip has the conditions of another one: of the next that has enough of them.

    The last clip is followed by the first. If no other clip has enough, a clip has its own, reversed in time.
    """

    def __init__(self, split: Split) -> None:
        self.split = split
        self.lengths = split.lengths

    def donor(self, index: int, end: int) -> int | None:
        """Return the clip whose first `end` conditions replace this clip's; None if they are its own, reversed."""
        clips = len(self.lengths)
        candidates = ((index + step) % clips for step in range(1, clips))
        return next((clip for clip in candidates if self.lengths[clip].conditions >= end), None)

    def read(self, index: int, start: int, length: int) -> Window:
        window = self.split.read(index, start, length)
        donor = self.donor(index, start + length)
        if donor is None:
            return Window(window.frames, window.conditions.flip(0))
        return Window(window.frames, self.split.read(donor, start, length).conditions)

    def describe(self, index: int) -> str:
        return self.split.describe(index)

    def problems(self, indices: Sequence[int]) -> Iterator[Problem]:
        return self.split.problems(indices)
