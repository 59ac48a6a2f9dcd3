"""The tables of `vidpred compare` in the terminal, fitted to its width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from textwrap import wrap

from rich.table import Table
from rich.text import Text

from vidpred.cli import console
from vidpred.comparison.table import ComparisonTable, TableColumn

_BEST_STYLE, _COPY_STYLE = "bold green", "bright_black"
_MAX_TEXT_WIDTH = 12  # a longer text is wrapped if there is little room
_MIN_NAME_WIDTH = 16  # of run names, unless all are shorter


def print_comparison_table(table: ComparisonTable) -> None:
    """Print a table with its title. In a terminal it is fitted to the width; in pipes and files, nothing is wrapped."""
    console.print_wrapped(table.title, indent=2)
    if table.differs:
        console.print_wrapped(f"NOT COMPARABLE with the tables above: {table.differs}", indent=2)
    if table.common:
        console.print_wrapped(f"common to all: {table.common}", indent=2)
    console.print_text()
    width = console.table_width()
    columns = table.columns if width is None else _fit(table.columns, width)
    console.print_grid(_grid(table, columns), width)


def _grid(table: ComparisonTable, columns: Sequence[TableColumn]) -> Table:
    grid = console.new_grid()
    for column in columns:
        heading = f"\n{column.title}" if column.statistic is None else f"{column.title}\n{column.statistic}"
        grid.add_column(
            Text(console.sanitize(heading), "bold"),
            justify="right" if column.is_number else "left",
            no_wrap=column.is_number,
            min_width=_longest_word(column),
        )
    for index in range(len(table.rows)):
        grid.add_row(*(Text(console.sanitize(column.cells[index]), _style(table, column, index)) for column in columns))
    return grid


def _style(table: ComparisonTable, column: TableColumn, index: int) -> str:
    if table.is_copy(index):
        return _COPY_STYLE
    return _BEST_STYLE if index in column.best else ""


def _fit(columns: Sequence[TableColumn], width: int) -> list[TableColumn]:
    """Fit the columns to the terminal's width: if they do not fit side by side, only metrics keep their columns, and
    the description of a run moves below its name."""
    name, *others = columns
    room = width - sum(map(_min_width, others)) - console.GAP * len(others)
    if room >= min(_MIN_NAME_WIDTH, max(map(len, name.cells))):
        return [replace(name, cells=tuple("\n".join(_wrap_path(cell, room)) for cell in name.cells)), *others]
    metrics = [column for column in others if column.statistic is not None]
    descriptions = [column for column in others if column.statistic is None]
    room = max(width - sum(map(_longest_word, metrics)) - console.GAP * len(metrics), _MAX_TEXT_WIDTH)
    cells = [_name_and_description(name, descriptions, index, room) for index in range(len(name.cells))]
    return [replace(name, cells=tuple(cells)), *metrics]


def _name_and_description(name: TableColumn, descriptions: Sequence[TableColumn], index: int, room: int) -> str:
    parts = [f"{column.title} {column.cells[index]}" for column in descriptions if column.cells[index]]
    text = "; ".join(parts)
    description = wrap(text, room, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join([*_wrap_path(name.cells[index], room), *description])


def _wrap_path(path: str, room: int) -> list[str]:
    """Wrap a folder's name after slashes if it is too long."""
    if len(path) <= room:
        return [path]
    return [line.replace("/ ", "/") for line in wrap(path.replace("/", "/ "), room, break_on_hyphens=False)]


def _min_width(column: TableColumn) -> int:
    """Return the width that a column needs if its text is wrapped."""
    if column.is_number:
        return _longest_word(column)
    return max(_longest_word(column), min(_MAX_TEXT_WIDTH, max(map(len, column.cells))))


def _longest_word(column: TableColumn) -> int:
    """Return the length of the longest cell of numbers, or of the longest word of texts."""
    texts = [column.title, column.statistic or "", *column.cells]
    words = texts if column.is_number else [word for text in texts for word in text.split()]
    return max(map(len, words), default=0)
