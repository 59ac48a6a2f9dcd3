"""The only place that prints what is not an error."""
from __future__ import annotations

import json
import textwrap
from typing import Any

from rich.console import Console

_ROOM = 30          # columns that the last column of a table wants at least
console = Console()
error_console = Console(stderr=True)


def text(line: str = "") -> None:
    """Text for people and for files: never wrapped, never marked up."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def flowing(line: str, indent: int) -> None:
    """Text that, in a terminal, goes on under itself: `indent` columns in. In pipes and files, one line."""
    if console.is_terminal:
        line = textwrap.fill(line, console.width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False,
                             replace_whitespace=False, drop_whitespace=True)
    text(line)


def warning(line: str) -> None:
    error_console.print("[bold yellow]warning:[/] ", end="")
    error_console.print(line, markup=False, highlight=False, soft_wrap=True)


def as_json(value: Any) -> None:
    console.out(json.dumps(value, indent=2), highlight=False)


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """A table for people: the last column, the longest, goes under the others where it does not fit beside them. In pipes
    and files, nothing is wrapped."""
    widths = [max(len(row[place]) for row in [columns, *rows]) for place in range(len(columns) - 1)]
    room = console.width - sum(widths) - 2 * len(widths) if console.is_terminal else None
    console.print(title, style="bold", highlight=False)
    if room is not None and room < min(_ROOM, max(len(row[-1]) for row in rows)):
        for row in rows:
            text("  ".join(cell for cell in row[:-1] if cell))
            text(textwrap.fill(row[-1], max(console.width, 20), initial_indent="    ", subsequent_indent="    "))
        return
    for row in [columns, *rows]:
        first = "".join(cell.ljust(width + 2) for cell, width in zip(row, widths, strict=False))
        lines = [row[-1]] if room is None else textwrap.wrap(row[-1], max(room, _ROOM)) or [""]
        text((first + f"\n{' ' * len(first)}".join(lines)).rstrip())
