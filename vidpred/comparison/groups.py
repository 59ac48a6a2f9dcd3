"""Rows that can be put side by side: one for each setting, best first, over its seeds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import fmean, stdev
from typing import NamedTuple

from vidpred.comparison import recipe_diff as settings
from vidpred.comparison.measurements import About, Measured, alike, differing, evaluations, ranking, validated
from vidpred.comparison.runs import Entry

Names = Callable[[Sequence[Path]], str]


class Figure(NamedTuple):
    """A mean over runs that differ in nothing but the seed; `sd` is their standard deviation (n - 1), None of one run."""

    mean: float
    sd: float | None


@dataclass(frozen=True)
class Row:
    """The runs of one setting that were measured alike; one run, where it is not finished. `name` is their folder, as short as can
    be. `varied` is what they have where not all runs of the block have the same, by path."""

    measured: tuple[Measured, ...]
    name: str
    varied: Mapping[str, str]

    @property
    def runs(self) -> list[Entry]:
        return [one.entry for one in self.measured]

    @property
    def first(self) -> Entry:
        return self.measured[0].entry

    def figure(self, metric: str, column: str) -> Figure | None:
        """None where not every run has it."""
        return over([one.figures.get(metric, {}).get(column) for one in self.measured])

    @property
    def seconds(self) -> float:
        return fmean(run.seconds for run in self.runs)


@dataclass(frozen=True)
class Block:
    """Rows that were measured alike, best first. `differs` says in what from an earlier block of the same kind."""

    rows: tuple[Row, ...]
    about: Mapping[str, About]
    differs: str

    @property
    def runs(self) -> list[Entry]:
        return [run for row in self.rows for run in row.runs]

    @property
    def varied(self) -> list[str]:
        """The settings in which rows differ."""
        return list(dict.fromkeys(path for row in self.rows for path in row.varied))

    @property
    def one(self) -> Measured:
        """Any of it: their terms are the same."""
        return self.rows[0].measured[0]

    @property
    def copies(self) -> Mapping[str, Mapping[str, float]]:
        """What copying scores, by copy and metric."""
        found: dict[str, dict[str, float]] = {}
        for row in self.rows:
            for measured in row.measured:
                for copy, figures in measured.copies.items():
                    found[copy] = {**figures, **found.get(copy, {})}
        return {copy: figures for copy, figures in found.items() if figures}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a metric that say something: of a single sample, there is nothing but the one."""
        if self.one.is_validation:
            return ("best", "last")
        return ("best", "mean") if self.one.terms.get("samples") != 1 else ("one",)

    @property
    def ranked(self) -> tuple[str, str] | None:
        """The metric and column that the rows are sorted by."""
        metric = ranking(self.about)
        return (metric, self.columns[0]) if metric else None


class Comparison(NamedTuple):
    """All of it. `notes` are what a reader must know before he compares."""

    blocks: list[Block]
    notes: list[str]


def compared(entries: Sequence[Entry], notes: Iterable[str] = ()) -> Comparison:
    """Put these runs side by side, as far as that can be: a block for each way of measuring."""
    said = list(notes)
    finished = {
        entry.folder: settings.key(settings.settings(entry.recipe)) for entry in entries if entry.state == "finished"
    }
    make = partial(_block, names=_named({entry.folder: finished.get(entry.folder) for entry in entries}), notes=said)
    blocks = [
        *_blocks([validated(entry) for entry in entries], make),
        *_blocks([one for entry in entries for one in evaluations(entry, said)], make),
    ]
    return Comparison(blocks, [*dict.fromkeys(said), *_warnings(entries, blocks)])


def _blocks(measured: Sequence[Measured], make: Callable[..., Block]) -> Iterator[Block]:
    before: list[Measured] = []
    for those in alike(measured):
        points = next(
            (
                found
                for earlier in before
                for one in those
                if earlier.label == one.label and (found := differing(earlier, one))
            ),
            {},
        )
        yield make(
            those,
            differs=", ".join(
                f"{point} {settings.told(now)} (there: {settings.told(was)})" for point, (was, now) in points.items()
            ),
        )
        before += those


def _block(measured: Sequence[Measured], *, differs: str, names: Names, notes: list[str]) -> Block:
    every = [settings.settings(one.entry.recipe) for one in measured]
    varied = settings.varied(every)
    grouped: dict[tuple[str, str, str], list[int]] = {}
    for place, one in enumerate(measured):
        alone = "" if one.entry.state == "finished" else str(one.entry.folder)
        grouped.setdefault((settings.key(every[place]), one.label, alone), []).append(place)
    rows = []
    for places in grouped.values():
        once = _once([measured[place] for place in places], notes)
        rows.append(
            Row(
                once,
                names([one.entry.folder for one in once]),
                {path: column[places[0]] for path, column in varied.items() if places[0] in column},
            )
        )
    block = Block(tuple(rows), {name: known for one in measured for name, known in one.about.items()}, differs)
    return replace(block, rows=tuple(sorted(rows, key=partial(_place, block))))


def _once(measured: Sequence[Measured], notes: list[str]) -> tuple[Measured, ...]:
    """Of runs with the same settings, the last of each seed: to average over two would be to count one twice."""
    there: dict[str, Measured] = {}
    for one in measured:
        before = there.get(seed := settings.key(one.entry.seed))
        if before:
            notes.append(
                f"left out: {before.entry.folder}: has the settings and the seed of {one.entry.folder}, which counts"
            )
        there[seed] = one
    return tuple(there.values())


def _place(block: Block, row: Row) -> tuple[bool, float]:
    figure = row.figure(*block.ranked) if block.ranked else None
    if figure is None or block.ranked is None:
        return True, 0.0
    return False, -figure.mean if block.about[block.ranked[0]].higher_is_better else figure.mean


def over(values: Sequence[float | None]) -> Figure | None:
    """None where not all are there."""
    there = [value for value in values if value is not None]
    if len(there) < len(values) or not there:
        return None
    return Figure(fmean(there), stdev(there) if len(there) > 1 else None)


def _named(folders: Mapping[Path, str | None]) -> Names:
    """Names for one or several of these folders, whose settings are given where they are finished: the shortest beginning, below
    what all have in common, that holds no other; of several, no other finished one with other settings."""
    whole = {folder: Path(os.path.abspath(folder)) for folder in folders}
    root = Path(os.path.commonpath([str(path) for path in whole.values()]))

    def name(these: Sequence[Path]) -> str:
        def alone(place: Path) -> bool:
            others = (
                other
                for other, key in folders.items()
                if other not in these and (len(these) == 1 or key not in (None, folders[these[0]]))
            )
            return not any(whole[other].is_relative_to(place) for other in others)

        common = Path(os.path.commonpath([str(whole[folder]) for folder in these]))
        if len(these) > 1 and not alone(common):
            return f"{name(these[:1])} and {len(these) - 1} more"
        while root not in (common, common.parent) and alone(common.parent):
            common = common.parent
        return common.name if common == root else str(common.relative_to(root))

    return name


def _warnings(entries: Sequence[Entry], blocks: Sequence[Block]) -> Iterator[str]:
    kinds = {block.one.is_validation for block in blocks if block.differs}
    if kinds:
        what = " and ".join(
            name for name, is_validation in (("validated", True), ("evaluated", False)) if is_validation in kinds
        )
        yield f"not all of these runs were {what} alike: compare figures within a table, not between tables; each says in what it differs"
    unfinished = sum(entry.state != "finished" for entry in entries)
    if unfinished:
        yield f"{unfinished} of {len(entries)} runs are not finished: they are marked, and not averaged with others"
    devices = sorted({str(device) for entry in entries if (device := entry.environment.get("device"))})
    if len(devices) > 1:
        yield f"times are of different devices: {'; '.join(devices)}"
