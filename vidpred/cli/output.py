"""The only place that prints what is not an error."""
from __future__ import annotations

import json
import textwrap
from typing import Any

from rich.console import Console
from rich.table import Table

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
    """A table for people: the last column takes what space there is."""
    made = Table(*columns, title=title, title_justify="left", box=None, pad_edge=False, title_style="bold", padding=(0, 2, 0, 0))
    for column in made.columns[:-1]:
        column.no_wrap = console.width >= 80
    for row in rows:
        made.add_row(*(cell.replace("[", r"\[") for cell in row))
    console.print(made)
