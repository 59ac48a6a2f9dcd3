"""Compare runs: group what was measured under the same terms, one row for each setting, best first. No torch here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from vidpred.comparison.groups import ComparableGroup, Comparison, GroupRow
from vidpred.comparison.measurements import (
    Measurement,
    differing_terms,
    group_comparable,
    read_evaluations,
    read_validation,
)
from vidpred.comparison.recipe_diff import compared_settings, format_value, settings_key, varying_settings
from vidpred.comparison.run_names import RunNames
from vidpred.comparison.runs import ComparedRun, read_runs


def compare_runs(paths: Iterable[Path]) -> Comparison:
    """Compare the runs at and below these folders: first their validation, then their evaluations.

    Raises VidpredError if a folder does not exist, or if no run can be read.
    """
    runs, notes = read_runs(paths)
    finished = {run.folder: settings_key(compared_settings(run.recipe)) for run in runs if run.is_finished}
    names = RunNames({run.folder: finished.get(run.folder) for run in runs})
    groups = list(_groups([read_validation(run) for run in runs], names, notes))
    evaluations = [evaluation for run in runs for evaluation in read_evaluations(run, notes)]
    groups += _groups(evaluations, names, notes)
    return Comparison(groups, [*dict.fromkeys(notes), *_warnings(runs, groups)])


def _groups(measurements: Sequence[Measurement], names: RunNames, notes: list[str]) -> Iterator[ComparableGroup]:
    earlier: list[Measurement] = []
    for comparable in group_comparable(measurements):
        metrics = {name: metric for measurement in comparable for name, metric in measurement.metrics.items()}
        rows = tuple(_rows(comparable, names, notes))
        group = ComparableGroup(rows, metrics, _difference(earlier, comparable))
        yield replace(group, rows=tuple(sorted(rows, key=partial(_rank, group))))
        earlier += comparable


def _difference(earlier: Sequence[Measurement], group: Sequence[Measurement]) -> str:
    """Say how a group differs from the first earlier measurement with the same label; empty if it does not."""
    for left in earlier:
        for right in group:
            terms = differing_terms(left, right) if left.label == right.label else {}
            if terms:
                return ", ".join(
                    f"{term} {format_value(current)} (above: {format_value(before)})"
                    for term, (before, current) in terms.items()
                )
    return ""


def _rows(measurements: Sequence[Measurement], names: RunNames, notes: list[str]) -> list[GroupRow]:
    settings = [compared_settings(measurement.run.recipe) for measurement in measurements]
    varying = varying_settings(settings)
    indices_by_row: dict[tuple[str, str, str], list[int]] = {}
    for index, measurement in enumerate(measurements):
        run = measurement.run
        unfinished = "" if run.is_finished else str(run.folder)
        row_key = (settings_key(settings[index]), measurement.label, unfinished)
        indices_by_row.setdefault(row_key, []).append(index)
    rows = []
    for indices in indices_by_row.values():
        members = _last_of_each_seed([measurements[index] for index in indices], notes)
        values = {path: by_run[indices[0]] for path, by_run in varying.items() if indices[0] in by_run}
        rows.append(GroupRow(members, names.name([member.run.folder for member in members]), values))
    return rows


def _last_of_each_seed(measurements: Sequence[Measurement], notes: list[str]) -> tuple[Measurement, ...]:
    """Keep the last run of each seed, as one seed must not count twice in a mean. The others are noted."""
    by_seed: dict[str, Measurement] = {}
    for measurement in measurements:
        seed = settings_key(measurement.run.seed)
        if seed in by_seed:
            replaced, kept = by_seed[seed].run.folder, measurement.run.folder
            notes.append(f"left out: {replaced}: {kept} has the same settings and seed, and is newer")
        by_seed[seed] = measurement
    return tuple(by_seed.values())


def _rank(group: ComparableGroup, row: GroupRow) -> tuple[bool, float]:
    """Return a key that sorts the best row first, and rows without a value last."""
    value = row.value(*group.ranking) if group.ranking else None
    if value is None or group.ranking is None:
        return True, 0.0
    return False, -value.mean if group.metrics[group.ranking[0]].info.higher_is_better else value.mean


def _warnings(runs: Sequence[ComparedRun], groups: Sequence[ComparableGroup]) -> Iterator[str]:
    differing = {group.is_validation for group in groups if group.differs}
    if differing:
        verbs = [
            verb for verb, is_validation in (("validated", True), ("evaluated", False)) if is_validation in differing
        ]
        yield (
            f"not all of these runs were {' and '.join(verbs)} alike: compare values within a table, "
            "not between tables; each says how it differs"
        )
    unfinished = sum(not run.is_finished for run in runs)
    if unfinished:
        yield f"{unfinished} of {len(runs)} runs are not finished: they are marked, and not averaged with others"
    devices = sorted({str(device) for run in runs if (device := run.environment.get("device"))})
    if len(devices) > 1:
        yield f"times are of different devices: {'; '.join(devices)}"
