"""What the readings of a data set say: its clips, how many of them are usable, and every problem with its file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vidpred.contracts.data import SPLITS, SplitName
from vidpred.data.integrity.duplicates import Content, duplicates
from vidpred.data.integrity.scan import Plan, Reading


class Problem(NamedTuple):
    """One line of what is wrong. `file` is a file, a folder or a clip."""

    split: SplitName
    file: str
    problem: str


@dataclass(frozen=True)
class Extreme:
    """A clip that is the longest or the shortest, and how many frames and conditions of it could be read."""

    clip: str
    frames: int
    conditions: int


@dataclass(frozen=True)
class Summary:
    """A split: its clips, those with no problem, and what could be read of them all."""

    clips: int
    usable: int
    frames: int
    conditions: int
    shortest: Extreme | None
    longest: Extreme | None


@dataclass(frozen=True)
class Report:
    splits: dict[SplitName, Summary]
    problems: list[Problem]

    def lines(self) -> Iterator[tuple[SplitName, list[str]]]:
        """The problems of each split that has any, as text."""
        for split, own in groupby(self.problems, key=lambda problem: problem.split):
            yield split, [one.problem if one.file in one.problem else f"{one.file}: {one.problem}" for one in own]

    def record(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "splits": {name: asdict(split) for name, split in self.splits.items()},
            "problems": [problem._asdict() for problem in self.problems],
        }


class _Clip(NamedTuple):
    content: Content
    problems: tuple[str, ...]


def report(root: Path, plan: Plan, readings: Iterable[Reading]) -> Report:
    """`readings` are those of the plan's parts, in their order; messages about files in `root` begin with their paths."""
    found = _clips(plan, readings)
    clips = [clip.content for clip in found if clip.content.clip]
    twice = list(duplicates(clips))
    bad = {(clip.content.split, clip.content.clip) for clip in found if clip.problems} | {
        (clip.split, clip.clip) for clip, _ in twice
    }
    lines = [
        *((split, "", line) for split, line in plan.closed.items()),
        *((clip.content.split, clip.content.clip, line) for clip in found for line in clip.problems),
        *((clip.split, clip.clip, line) for clip, line in twice),
    ]
    problems: dict[str, Problem] = {}
    for split, clip, line in lines:  # what concerns two splits is said once
        problems.setdefault(line, Problem(split, *_parted(line, clip, root)))
    return Report(
        {split: _summary([clip for clip in clips if clip.split == split], bad) for split in SPLITS},
        sorted(problems.values(), key=lambda problem: SPLITS.index(problem.split)),
    )


def _clips(plan: Plan, readings: Iterable[Reading]) -> list[_Clip]:
    """The parts of a clip follow each other."""
    read = zip(plan.parts, readings, strict=True)
    return [
        _joined(split, clip, [reading for _, reading in own])
        for (split, clip), own in groupby(read, key=lambda item: (item[0][0], item[0][1].clip))
    ]


def _joined(split: SplitName, clip: str, parts: Sequence[Reading]) -> _Clip:
    frames, conditions = (np.concatenate([getattr(part, what) for part in parts]) for what in ("frames", "conditions"))
    return _Clip(Content(split, clip, frames, conditions), tuple(line for part in parts for line in part.problems))


def _summary(clips: Sequence[Content], bad: set[tuple[SplitName, str]]) -> Summary:
    ends = sorted(
        (Extreme(clip.clip, len(clip.frames), len(clip.conditions)) for clip in clips),
        key=lambda end: max(end.frames, end.conditions),
    )
    return Summary(
        len(clips),
        sum((clip.split, clip.clip) not in bad for clip in clips),
        sum(end.frames for end in ends),
        sum(end.conditions for end in ends),
        ends[0] if ends else None,
        ends[-1] if ends else None,
    )


def _parted(line: str, clip: str, root: Path) -> tuple[str, str]:
    """The file that a line begins with, and what it says of it; the clip, where it begins with none. Names may hold colons."""
    ends = [found.start() for found in re.finditer(": ", line) if Path(line[: found.start()]).is_relative_to(root)]
    if not ends:
        return clip or str(root), line
    there = [end for end in ends if os.path.lexists(line[:end])]
    beside = [
        end for end in ends if os.path.isdir(os.path.dirname(line[:end]))
    ]  # of a missing file, its folder is there
    end = there[-1] if there else (beside or ends)[0]
    return line[:end], line[end + 2 :]
