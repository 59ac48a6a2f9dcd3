"""A comparison for programs: a line for each row of each table, with all that was measured and full precision."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

from vidpred.comparison.groups import Block, Comparison, Row
from vidpred.comparison.table import title

Line = dict[str, Any]
_HAVE_COLUMNS = ("annealer", "forcing", "sequence.past", "sequence.future", "train.epochs")


def as_csv(comparison: Comparison) -> str:
    """Tables below each other, told apart by the column `table`; a column that a line has nothing for is empty."""
    lines = [line for place, block in enumerate(comparison.blocks, 1) for line in _lines(place, block)]
    columns = dict.fromkeys(name for part in (0, 1) for line in lines for name in line[part])
    file = StringIO()
    writer = csv.DictWriter(file, list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({**about, **figures} for about, figures in lines)
    return file.getvalue()


def _lines(place: int, block: Block) -> Iterator[tuple[Line, Line]]:
    """What each row is, and its figures; then what copying given frames scores."""
    for rank, row in enumerate(block.rows, 1):
        yield (
            {
                "table": place,
                "measured": title(block),
                "rank": rank,
                "run": row.name,
                "state": row.first.state,
                **_settings(row),
            },
            _figures(block, row),
        )
    for copy, figures in block.copies.items():
        yield (
            {"table": place, "measured": title(block), "run": copy.replace("_", " ")},
            {f"{metric} {column}": value for metric, value in figures.items() for column in block.columns},
        )


def _settings(row: Row) -> Line:
    """What the field's table has, then whatever else differs."""
    recipe = row.first.recipe
    sequence = recipe.get("sequence")
    past, future = (sequence.get(name) if isinstance(sequence, Mapping) else "" for name in ("past", "future"))
    annealing, forcing = (_name(recipe.get(slot)) for slot in ("annealer", "forcing"))
    return {
        "folders": ";".join(str(run.folder) for run in row.runs),
        "runs": len(row.runs),
        "seeds": ";".join(str(run.seed) for run in row.runs),
        "result": row.measured[0].label,
        "annealing": annealing,
        "forcing": forcing,
        "past": past,
        "future": future,
        "epochs": row.first.epochs,
        "epochs done": len(row.first.history),
        "parameters": row.first.parameters,
        "seconds": round(row.seconds, 3),
        **{path: value for path, value in row.varied.items() if path not in _HAVE_COLUMNS},
    }


def _figures(block: Block, row: Row) -> Line:
    found: Line = {}
    for metric in block.about:
        for column in dict.fromkeys(column for one in row.measured for column in one.figures.get(metric, {})):
            figure = row.figure(metric, column)
            if figure is not None:
                found |= {
                    f"{metric} {column}": figure.mean,
                    f"{metric} {column} sd": "" if figure.sd is None else figure.sd,
                }
    if block.one.is_validation and len(row.measured) == 1:
        found["best epoch"] = row.measured[0].epoch
    return found


def _name(node: Any) -> Any:
    return node.get("name") if isinstance(node, Mapping) else node
