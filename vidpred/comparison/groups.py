"""The result of a comparison: groups of rows that were measured under the same terms. No torch here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any, NamedTuple

from vidpred.comparison.measurements import ComparedMetric, Measurement, ranking_metric
from vidpred.comparison.runs import ComparedRun


class MeanOverSeeds(NamedTuple):
    """A mean over runs that differ only in the seed, and their standard deviation (n - 1); None for a single run."""

    mean: float
    sd: float | None


@dataclass(frozen=True)
class GroupRow:
    """The runs of one setting, which differ only in the seed; an unfinished run has a row of its own.

    `name` is their folder in short. `varying` are their values of the settings that are not equal in all runs of the
    group, by path.
    """

    measurements: tuple[Measurement, ...]
    name: str
    varying: Mapping[str, str]

    @property
    def runs(self) -> list[ComparedRun]:
        return [measurement.run for measurement in self.measurements]

    @property
    def first_run(self) -> ComparedRun:
        return self.measurements[0].run

    @property
    def label(self) -> str:
        """Which of its results a run is compared by; see Measurement."""
        return self.measurements[0].label

    @property
    def seconds(self) -> float:
        return fmean(run.seconds for run in self.runs)

    def value(self, metric: str, column: str) -> MeanOverSeeds | None:
        """Return a metric's mean over the runs; None unless every run has a value."""
        return mean_over_seeds([each.values.get(metric, {}).get(column) for each in self.measurements])


@dataclass(frozen=True)
class ComparableGroup:
    """Rows that were measured under the same terms, best first. `differs` says how the terms differ from those of an
    earlier group."""

    rows: tuple[GroupRow, ...]
    metrics: Mapping[str, ComparedMetric]
    differs: str

    @property
    def runs(self) -> list[ComparedRun]:
        return [run for row in self.rows for run in row.runs]

    @property
    def varying_paths(self) -> list[str]:
        """The paths of the settings in which rows differ."""
        return list(dict.fromkeys(path for row in self.rows for path in row.varying))

    @property
    def terms(self) -> Mapping[str, Any]:
        """The terms of all measurements of the group."""
        return self.rows[0].measurements[0].terms

    @property
    def is_validation(self) -> bool:
        return self.rows[0].measurements[0].is_validation

    @property
    def copies(self) -> Mapping[str, Mapping[str, float]]:
        """The scores of copying given frames, by copy and metric."""
        copies: dict[str, dict[str, float]] = {}
        for row in self.rows:
            for measurement in row.measurements:
                for copy, scores in measurement.copies.items():
                    copies[copy] = {**scores, **copies.get(copy, {})}
        return {copy: scores for copy, scores in copies.items() if scores}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a metric that differ: with a single sample, best and mean are the same value."""
        if self.is_validation:
            return ("best", "last")
        return ("best", "mean") if self.terms.get("samples") != 1 else ("one",)

    @property
    def ranking(self) -> tuple[str, str] | None:
        """The metric and the column by which the rows are sorted."""
        metric = ranking_metric(self.metrics)
        return (metric, self.columns[0]) if metric else None


class Comparison(NamedTuple):
    """The result of `compare_runs`. `notes` are warnings that matter for reading it."""

    groups: list[ComparableGroup]
    notes: list[str]


def mean_over_seeds(values: Sequence[float | None]) -> MeanOverSeeds | None:
    """Return the mean of these values; None if one is missing."""
    known = [value for value in values if value is not None]
    if len(known) < len(values) or not known:
        return None
    return MeanOverSeeds(fmean(known), stdev(known) if len(known) > 1 else None)
