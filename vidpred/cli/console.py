"""Print to the terminal: text, warnings, tables and JSON. Only this module and `errors` print."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

GAP = 2  # columns of the terminal between two columns of a table
_LAST_COLUMN = 30  # columns that the last column of a table needs at least, to stand beside the others
_UNLIMITED = 10_000  # columns of a table in pipes and files, where nothing is wrapped
_UNSAFE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
stdout = Console(markup=False, highlight=False, emoji=False)
stderr = Console(stderr=True, markup=False, highlight=False, emoji=False)


def sanitize(line: str, console: Console | None = None) -> str:
    """Escape what untrusted names could do to a terminal: control characters and changes of writing direction become
    `\\x1b`, and so do characters that the encoding of the console (default: stdout) lacks. Line ends and tabs stay."""
    encoding = (console or stdout).encoding
    return _UNSAFE.sub(_escape, line).encode(encoding, "backslashreplace").decode(encoding)


def _escape(character: re.Match[str]) -> str:
    return character[0].encode("unicode_escape").decode()


def print_text(line: str = "") -> None:
    """Print text for people and files: never wrapped, never marked up."""
    stdout.print(sanitize(line), soft_wrap=True)


def print_wrapped(line: str, indent: int) -> None:
    """Print text that a terminal wraps, with `indent` spaces before each further line. In pipes and files, one line."""
    if stdout.is_terminal:
        line = textwrap.fill(
            sanitize(line),
            stdout.width,
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
            replace_whitespace=False,
            drop_whitespace=True,
        )
    print_text(line)


def print_warning(line: str) -> None:
    """Print a warning to stderr."""
    print_labelled(stderr, "warning:", "bold yellow", line)


def print_labelled(console: Console, label: str, style: str, line: str) -> None:
    """Print a label in its style, then text. Further lines are indented, so that no name with a line end in it can
    pass for a label of ours."""
    console.print(label, style=style, end=" ")
    console.print(re.sub(r"\n(?!  |$)", "\n  ", sanitize(line, console)), soft_wrap=True)


def print_json(value: Any) -> None:
    """Print a value as indented JSON."""
    stdout.out(sanitize(json.dumps(value, indent=2)), highlight=False)


def new_grid() -> Table:
    """Return an empty rich table without lines, as all tables of the command line are."""
    return Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="")


def table_width() -> int | None:
    """Return the width of the terminal; None in pipes and files, where nothing is wrapped."""
    return stdout.width if stdout.is_terminal else None


def print_grid(grid: Table, width: int | None) -> None:
    """Print a rich table whose cells are sanitized, at most `width` columns wide; None: as wide as it needs."""
    options = stdout.options.update(width=width or _UNLIMITED)
    for segments in stdout.render_lines(grid, options, pad=False):
        line = Text.assemble(*((segment.text, segment.style or "") for segment in segments))
        line.rstrip()
        stdout.print(line, soft_wrap=True)


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table of texts. In a terminal, the last column, the longest, is wrapped, or stands below the others if
    there is too little room beside them. In pipes and files, nothing is wrapped."""
    cells = [[sanitize(cell.replace("\n", "\\n")) for cell in row] for row in rows]
    stdout.print(sanitize(title), style="bold", soft_wrap=True)
    if stdout.is_terminal and _room(columns, cells) < min(
        _LAST_COLUMN, max((len(row[-1]) for row in cells), default=0)
    ):
        _print_below_each_other(cells)
        return
    grid = new_grid()
    for column in columns[:-1]:
        grid.add_column(Text(sanitize(column)), no_wrap=True)
    grid.add_column(Text(sanitize(columns[-1])))
    for row in cells:
        grid.add_row(*map(Text, row))
    print_grid(grid, table_width())


def _room(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Count the columns of the terminal that are left for the last column of a table."""
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    return stdout.width - sum(widths[:-1]) - GAP * (len(widths) - 1)


def _print_below_each_other(rows: Sequence[Sequence[str]]) -> None:
    width = max(stdout.width, 20)
    for row in rows:
        print_text("  ".join(cell for cell in row[:-1] if cell))
        print_text(textwrap.fill(row[-1], width, initial_indent="    ", subsequent_indent="    "))
