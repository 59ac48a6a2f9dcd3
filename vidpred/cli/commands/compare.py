"""vidpred compare"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from textwrap import wrap
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from vidpred.cli import console
from vidpred.comparison.export import check_place, written
from vidpred.comparison.groups import compared
from vidpred.comparison.runs import gathered
from vidpred.comparison.table import Column, Table, meaning, tables

_BEST, _COPY = "bold green", "bright_black"
_GAP = 2  # columns between two of the table
_TEXT = 12  # a text that is longer goes on below itself, where there is little room
_NAME = 16  # what a name gets at least, if not all are shorter
_WHOLE = 2000  # in pipes and files, nothing is wrapped


def compare_command(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN…", help="Run folders, or folders of runs.")],
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            metavar="DIR|FILE",
            help="Write it: FILE.csv, FILE.md or FILE.html; or, into a folder, all three with plots. Repeatable.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
) -> None:
    """Compare runs: a table, best first, of what was measured alike; runs that differ only in the seed are one row, with mean and
    standard deviation. Only settings in which runs differ are shown."""
    for place in out or ():
        check_place(place, force)
    entries, notes = gathered(runs)
    comparison = compared(entries, notes)
    for note in comparison.notes:
        console.print_warning(note)
    shown = tables(comparison)
    for table in shown:
        _show(table)
        console.print_text()
    console.print_wrapped(meaning(comparison), indent=2)
    for place in out or ():
        for path in written(place, comparison, shown):
            console.print_text(f"written: {path}")


def _show(table: Table) -> None:
    console.print_wrapped(table.title, indent=2)
    if table.differs:
        console.print_wrapped(f"NOT COMPARABLE with the tables above: {table.differs}", indent=2)
    if table.common:
        console.print_wrapped(f"in all: {table.common}", indent=2)
    console.print_text()
    if console.stdout.is_terminal:
        console.stdout.print(_grid(table, _fitted(table.columns, console.stdout.width)), crop=False)
    else:
        whole = Console(file=StringIO(), width=_WHOLE, markup=False, highlight=False, emoji=False)
        with whole.capture() as captured:
            whole.print(_grid(table, table.columns))
        for line in captured.get().splitlines():
            console.print_text(line.rstrip())


def _grid(table: Table, columns: Sequence[Column]) -> Grid:
    grid = Grid(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for column in columns:
        title = f"\n{column.title}" if column.kind is None else f"{column.title}\n{column.kind}"
        grid.add_column(
            Text(console.sanitize(title), "bold"),
            justify="right" if column.is_number else "left",
            no_wrap=column.is_number,
            min_width=_word(column),
        )
    last = len(table.rows) - table.copies
    for place, cells in enumerate(zip(*(column.cells for column in columns), strict=True)):
        grid.add_row(
            *(
                Text(console.sanitize(cell), _COPY if place >= last else _BEST if place in column.best else "")
                for cell, column in zip(cells, columns, strict=True)
            )
        )
    return grid


def _fitted(columns: Sequence[Column], width: int) -> list[Column]:
    """The same in so many columns of a terminal: where they do not fit beside each other, figures alone have columns, and what
    a run is stands under its name."""
    name, *others = columns
    room = width - sum(map(_least, others)) - _GAP * len(others)
    if room >= min(_NAME, max(map(len, name.cells))):
        return [replace(name, cells=tuple("\n".join(_broken(cell, room)) for cell in name.cells)), *others]
    told, figures = ([column for column in others if (column.kind is None) is wanted] for wanted in (True, False))
    room = max(width - sum(map(_word, figures)) - _GAP * len(figures), _TEXT)
    cells = []
    for place, called in enumerate(name.cells):
        about = "; ".join(f"{column.title} {column.cells[place]}" for column in told if column.cells[place])
        cells.append(
            "\n".join(
                [
                    *_broken(called, room),
                    *wrap(about, room, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False),
                ]
            )
        )
    return [replace(name, cells=tuple(cells)), *figures]


def _broken(name: str, room: int) -> list[str]:
    """A folder's name in lines that end with its slashes, if they must end."""
    return (
        [line.replace("/ ", "/") for line in wrap(name.replace("/", "/ "), room, break_on_hyphens=False)]
        if len(name) > room
        else [name]
    )


def _least(column: Column) -> int:
    """Columns that it needs, where text may go on below itself."""
    return _word(column) if column.is_number else max(_word(column), min(_TEXT, max(map(len, column.cells))))


def _word(column: Column) -> int:
    """Its longest cell; of text, its longest word."""
    cells = [column.title, column.kind or "", *column.cells]
    return max(map(len, cells if column.is_number else [word for cell in cells for word in cell.split()] or [""]))
