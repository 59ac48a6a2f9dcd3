"""Tables of an evaluation result in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from vidpred.cli import console
from vidpred.evaluation.formatting import ResultColumn, result_columns, row_labels
from vidpred.evaluation.result_schema import ResultRecord

_BEST = "bold green"


def print_result_tables(result: ResultRecord) -> None:
    """Print a row for each prediction and copy, a column for each metric, the best value of each marked.

    As many tables below each other as the width of the terminal requires; in pipes and files, a single one.
    """
    for grid in result_tables(result, console.table_width()):
        console.print_grid(grid, None)
        console.print_text()


def result_tables(result: ResultRecord, width: int | None) -> Iterator[Table]:
    """Yield the tables, each at most `width` columns wide; None: one table, however wide."""
    names = list(row_labels(result).values())
    used = names_width = max(map(len, names)) + 2
    group: list[ResultColumn] = []
    for column in result_columns(result):
        column_width = 1 + max(map(len, _cells(column)))
        if group and width is not None and used + column_width > width:
            yield _table(names, names_width, group)
            group, used = [], names_width
        group.append(column)
        used += column_width
    yield _table(names, names_width, group)


def _cells(column: ResultColumn) -> list[str]:
    """Return the heading and the values of one metric, with room for the mark of the best value."""
    marked = [cell + ("*" if best else " ") for cell, best in zip(column.cells, column.best, strict=True)]
    return [f"{column.metric} ", f"{column.unit} ", *marked]


def _table(names: list[str], names_width: int, group: list[ResultColumn]) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    grid.add_column(no_wrap=True, min_width=names_width)
    for _ in group:
        grid.add_column(no_wrap=True, justify="right")
    cells = [_cells(column) for column in group]
    for index, name in enumerate(["", "", *names]):
        style = "bold" if index < 2 else ""
        row = [column[index] for column in cells]
        grid.add_row(name, *(Text(cell, _BEST if cell.endswith("*") else style) for cell in row))
    return grid
