"""The columns of a table that describe its rows: settings, length, epochs, parameters, seeds, time. No torch here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from vidpred.comparison.captions import has_several_results
from vidpred.comparison.groups import ComparableGroup, GroupRow
from vidpred.comparison.recipe_diff import format_value
from vidpred.comparison.runs import ComparedRun

PATHS_WITH_OWN_COLUMN = ("annealer", "forcing", "sequence.past", "sequence.future", "train.epochs")
NUMBER_COLUMNS = ("length", "epochs", "parameters", "seeds", "time")
_MAX_SETTING_COLUMNS = 3  # if more settings differ, they share a column

CellFormat = Callable[[ComparedRun, Mapping[str, str]], str]  # of a run, and the varying settings of its row


def setting_columns(group: ComparableGroup) -> Iterator[tuple[str, list[str]]]:
    """Yield (title, cells) of each column; settings that are equal in all runs have none."""
    for title, cell in _COLUMNS.items():
        if len(_distinct(group, cell)) > 1:
            yield title, [cell(row.first_run, row.varying) for row in group.rows]
    yield from _further_settings(group)
    if has_several_results(group):
        yield "result", [row.label for row in group.rows]
    if any(len(row.runs) > 1 for row in group.rows):
        yield "seeds", [str(len(row.runs)) for row in group.rows]
    yield "time", [str(timedelta(seconds=round(row.seconds))) for row in group.rows]


def common_settings(group: ComparableGroup) -> str:
    """Return, in one line, the columns that would be equal in all rows."""
    run = group.rows[0].first_run
    common = {}
    for title, cell in _COLUMNS.items():
        distinct = _distinct(group, cell)
        if len(distinct) == 1:
            common[title] = distinct.pop()
    for title, path in (("annealing", "annealer"), ("forcing", "forcing")):
        if title in common:
            common[title] = format_value(_recipe_value(run, path))
    return "; ".join(f"{title} {value}" for title, value in common.items() if value and value != "-")


def _further_settings(group: ComparableGroup) -> Iterator[tuple[str, list[str]]]:
    paths = [path for path in group.varying_paths if not path.startswith(PATHS_WITH_OWN_COLUMN)]
    if len(paths) > _MAX_SETTING_COLUMNS:
        yield "other settings", [_joined_settings(row, paths) for row in group.rows]
    else:
        for path in paths:
            yield path, [row.varying.get(path, "-") for row in group.rows]


def _joined_settings(row: GroupRow, paths: list[str]) -> str:
    return ", ".join(f"{path} {row.varying[path]}" for path in paths if path in row.varying)


def _distinct(group: ComparableGroup, cell: CellFormat) -> set[str]:
    return {cell(run, row.varying) for row in group.rows for run in row.runs}


def _component(slot: str) -> CellFormat:
    """Return the format of a component: its name, and the settings in which runs with this component differ."""

    def cell(run: ComparedRun, varying: Mapping[str, str]) -> str:
        name = varying.get(slot, format_value(_recipe_value(run, slot, "name")))
        prefix = f"{slot}."
        settings = [f"{path.removeprefix(prefix)} {v}" for path, v in varying.items() if path.startswith(prefix)]
        return ", ".join([name, *settings])

    return cell


def _length(run: ComparedRun, _: Any) -> str:
    past, future = (format_value(_recipe_value(run, "sequence", name)) for name in ("past", "future"))
    return f"{past}+{future}"


def _epochs(run: ComparedRun, _: Any) -> str:
    return str(run.epochs) if run.is_finished else f"{len(run.history)}/{run.epochs}"


def _parameters(run: ComparedRun, _: Any) -> str:
    return "-" if run.parameters is None else f"{run.parameters:,}"


def _recipe_value(run: ComparedRun, *path: str) -> Any:
    value: Any = run.recipe
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


_COLUMNS: Mapping[str, CellFormat] = {
    "annealing": _component("annealer"),
    "forcing": _component("forcing"),
    "length": _length,
    "epochs": _epochs,
    "parameters": _parameters,
}
