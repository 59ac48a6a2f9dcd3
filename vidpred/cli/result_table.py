"""The tables of an evaluation in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from vidpred.evaluation.formatting import Column, columns, rows
from vidpred.evaluation.result_schema import Stored

_BEST = "bold green"


def blocks(result: Stored, width: int | None) -> Iterator[Text]:
    """A row for each prediction and copy, a column for each metric, the best figure of each marked; as many tables below each
    other as this width asks for. None: one, however wide."""
    names = list(rows(result).values())
    first = max(map(len, names)) + 2
    shown: list[list[Text]] = []
    for column in map(_texts, columns(result)):
        room = first + sum(len(other[0]) for other in shown) + len(column[0])
        if shown and width is not None and room > width:
            yield _table(names, first, shown)
            shown = []
        shown.append(column)
    yield _table(names, first, shown)


def _texts(column: Column) -> list[Text]:
    """The heading and the figures of one metric, all equally wide."""
    cells = [cell + ("*" if best else " ") for cell, best in zip(column.cells, column.best, strict=True)]
    heading = [column.metric + " ", column.unit + " "]
    wide = max(map(len, [*heading, *cells])) + 1
    return [
        *(Text(line.rjust(wide), "bold") for line in heading),
        *(Text(cell.rjust(wide), _BEST if cell.endswith("*") else "") for cell in cells),
    ]


def _table(names: list[str], first: int, columns: list[list[Text]]) -> Text:
    lines = [
        Text.assemble(Text(name.ljust(first)), *cells) for name, *cells in zip(["", "", *names], *columns, strict=True)
    ]
    for line in lines:
        line.rstrip()
    return Text("\n").join([*lines, Text()])
