"""A comparison as CSV, for programs: a line for each row of each table, in full precision. No torch here."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any, NamedTuple

from vidpred.comparison.captions import copy_label, group_title
from vidpred.comparison.groups import ComparableGroup, Comparison, GroupRow
from vidpred.comparison.setting_columns import PATHS_WITH_OWN_COLUMN

Fields = dict[str, Any]


class CsvLine(NamedTuple):
    """The fields of one line: what the row is, and its metric values."""

    description: Fields
    values: Fields


def comparison_csv(comparison: Comparison) -> str:
    """Return all tables below each other; the column `table` numbers them, and a field that a line lacks is empty."""
    lines = [line for number, group in enumerate(comparison.groups, 1) for line in _lines(number, group)]
    descriptions = [name for line in lines for name in line.description]
    values = [name for line in lines for name in line.values]
    file = StringIO()
    writer = csv.DictWriter(file, list(dict.fromkeys([*descriptions, *values])), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({**line.description, **line.values} for line in lines)
    return file.getvalue()


def _lines(number: int, group: ComparableGroup) -> Iterator[CsvLine]:
    """Yield the rows of a group, then the scores of copying given frames."""
    table = {"table": number, "measured": group_title(group)}
    for rank, row in enumerate(group.rows, 1):
        description = {**table, "rank": rank, "run": row.name, "state": row.first_run.state, **_settings(row)}
        yield CsvLine(description, _row_values(group, row))
    for copy, scores in group.copies.items():
        values = {f"{metric} {column}": score for metric, score in scores.items() for column in group.columns}
        yield CsvLine({**table, "run": copy_label(copy)}, values)


def _settings(row: GroupRow) -> Fields:
    """Return the settings that every line has, then those in which rows differ."""
    run = row.first_run
    sequence = run.recipe.get("sequence")
    past, future = (sequence.get(name) if isinstance(sequence, Mapping) else "" for name in ("past", "future"))
    return {
        "folders": ";".join(str(each.folder) for each in row.runs),
        "runs": len(row.runs),
        "seeds": ";".join(str(each.seed) for each in row.runs),
        "result": row.label,
        "annealing": _component_name(run.recipe.get("annealer")),
        "forcing": _component_name(run.recipe.get("forcing")),
        "past": past,
        "future": future,
        "epochs": run.epochs,
        "epochs done": len(run.history),
        "parameters": run.parameters,
        "seconds": round(row.seconds, 3),
        **{path: value for path, value in row.varying.items() if path not in PATHS_WITH_OWN_COLUMN},
    }


def _row_values(group: ComparableGroup, row: GroupRow) -> Fields:
    fields: Fields = {}
    for metric in group.metrics:
        for column in _columns(row, metric):
            value = row.value(metric, column)
            if value is not None:
                fields[f"{metric} {column}"] = value.mean
                fields[f"{metric} {column} sd"] = "" if value.sd is None else value.sd
    if group.is_validation and len(row.measurements) == 1:
        fields["best epoch"] = row.measurements[0].best_epoch
    return fields


def _columns(row: GroupRow, metric: str) -> list[str]:
    columns = [column for measurement in row.measurements for column in measurement.values.get(metric, {})]
    return list(dict.fromkeys(columns))


def _component_name(node: Any) -> Any:
    return node.get("name") if isinstance(node, Mapping) else node
