"""Read some clips of each split before a run starts, so that broken data are reported before a run folder exists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vidpred.contracts.data import Problem, Split
from vidpred.errors import DataError

_CLIPS_READ = 64  # of each split, evenly spread
_PROBLEMS_SHOWN = 5


def spot_check(splits: Iterable[Split]) -> None:
    """Read up to 64 clips of each split completely. Raises DataError with the problems."""
    problems = list(dict.fromkeys(_problems(splits)))
    if len(problems) == 1:
        raise DataError(problems[0].message, problems[0].path)
    if problems:
        hidden = len(problems) - _PROBLEMS_SHOWN
        more = [f"… and {hidden} more"] if hidden > 0 else []
        raise DataError("\n  ".join(["the data cannot be used:", *map(str, problems[:_PROBLEMS_SHOWN]), *more]))


def _problems(splits: Iterable[Split]) -> Iterator[Problem]:
    for split in splits:
        count = len(split.lengths)
        read = min(count, _CLIPS_READ)
        yield from split.problems([number * count // read for number in range(read)])
