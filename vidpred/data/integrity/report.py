"""Summarizes the scan of a data set: its clips, how many of them are usable, and every problem with its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vidpred.contracts.data import SPLITS, CheckUnit, Problem, SplitName
from vidpred.data.integrity.duplicates import ClipDigest, find_duplicates
from vidpred.data.integrity.scan import ScannedUnit, ScanPlan


@dataclass(frozen=True)
class ClipLength:
    """How many frames and conditions of a clip could be read."""

    clip: str
    frames: int
    conditions: int


@dataclass(frozen=True)
class SplitSummary:
    """The number of clips of a split, of clips without problems, and of readable frames and conditions."""

    clips: int
    usable: int
    frames: int
    conditions: int
    shortest: ClipLength | None
    longest: ClipLength | None


class SplitProblem(NamedTuple):
    """A problem, and the first split that it was seen in."""

    split: SplitName
    problem: Problem

    @property
    def line(self) -> str:
        """The problem as a line of text that names its file."""
        path, message = self.problem
        return message if str(path) in message else str(self.problem)


@dataclass(frozen=True)
class CheckReport:
    """The result of checking a data set: a summary of each split, and all problems in the order of the splits."""

    splits: dict[SplitName, SplitSummary]
    problems: list[SplitProblem]

    def lines(self) -> Iterator[tuple[SplitName, list[str]]]:
        """Yield each split that has problems, with a line of text for each problem."""
        for split, problems in groupby(self.problems, key=lambda problem: problem.split):
            yield split, [problem.line for problem in problems]

    def record(self) -> dict[str, object]:
        """Return the report as plain values, for JSON."""
        return {
            "splits": {name: asdict(summary) for name, summary in self.splits.items()},
            "problems": [
                {"split": split, "file": str(path), "problem": message} for split, (path, message) in self.problems
            ],
        }


class _Clip(NamedTuple):
    """What was read of a clip, or of units that belong to no clip: then `digest` is None."""

    split: SplitName
    digest: ClipDigest | None
    problems: tuple[Problem, ...]


def build_report(root: Path, plan: ScanPlan, scanned: Iterable[ScannedUnit]) -> CheckReport:
    """Build the report of a data set in `root`. `scanned` are the results of the plan's units, in their order."""
    clips = _group_by_clip(plan, scanned)
    digests = [clip.digest for clip in clips if clip.digest is not None]
    duplicates = list(find_duplicates(digests))
    problems = [
        *(SplitProblem(split, Problem.from_error(error, root)) for split, error in plan.closed.items()),
        *(SplitProblem(clip.split, problem) for clip in clips for problem in clip.problems),
        *(SplitProblem(digest.split, problem) for digest, problem in duplicates),
    ]
    first_seen: dict[Problem, SplitProblem] = {}  # a problem of two splits is reported once
    for entry in problems:
        first_seen.setdefault(entry.problem, entry)
    damaged = {(clip.split, clip.digest.clip) for clip in clips if clip.digest is not None and clip.problems}
    damaged |= {(digest.split, digest.clip) for digest, _ in duplicates}
    return CheckReport(
        {split: _summarize([digest for digest in digests if digest.split == split], damaged) for split in SPLITS},
        sorted(first_seen.values(), key=lambda entry: SPLITS.index(entry.split)),
    )


def _group_by_clip(plan: ScanPlan, scanned: Iterable[ScannedUnit]) -> list[_Clip]:
    """Join the units of each clip, which follow each other."""
    results = zip(plan.units, scanned, strict=True)
    clips = []
    for (split, _), group in groupby(results, key=lambda entry: (entry[0][0], entry[0][1].clip)):
        entries = list(group)
        clips.append(_join(split, entries[0][0][1], [result for _, result in entries]))
    return clips


def _join(split: SplitName, unit: CheckUnit, results: Sequence[ScannedUnit]) -> _Clip:
    problems = tuple(problem for result in results for problem in result.problems)
    if unit.path is None:
        return _Clip(split, None, problems)
    frames = np.concatenate([result.frames for result in results])
    conditions = np.concatenate([result.conditions for result in results])
    return _Clip(split, ClipDigest(split, unit.path, unit.item, frames, conditions), problems)


def _summarize(clips: Sequence[ClipDigest], damaged: set[tuple[SplitName, str]]) -> SplitSummary:
    lengths = [ClipLength(clip.clip, len(clip.frames), len(clip.conditions)) for clip in clips]
    lengths.sort(key=lambda length: max(length.frames, length.conditions))
    return SplitSummary(
        clips=len(clips),
        usable=sum((clip.split, clip.clip) not in damaged for clip in clips),
        frames=sum(length.frames for length in lengths),
        conditions=sum(length.conditions for length in lengths),
        shortest=lengths[0] if lengths else None,
        longest=lengths[-1] if lengths else None,
    )
