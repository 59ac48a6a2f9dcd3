"""The only place that prints what is not an error."""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any

from rich.console import Console

_ROOM = 30  # columns that the last column of a table wants at least
_UNSAFE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
console = Console(markup=False, highlight=False, emoji=False)
error_console = Console(stderr=True, markup=False, highlight=False, emoji=False)


def safe(line: str, console: Console = console) -> str:
    """Names come from strangers' files. What steers a terminal (control characters, changes of writing direction) is written
    out, `\\x1b`, and so is what the console's encoding does not have. Only line ends and tabs stay."""
    line = _UNSAFE.sub(_written_out, line)
    return line.encode(console.encoding, "backslashreplace").decode(console.encoding)


def _written_out(character: re.Match[str]) -> str:
    return character[0].encode("unicode_escape").decode()


def text(line: str = "") -> None:
    """Text for people and for files: never wrapped, never marked up."""
    console.print(safe(line), soft_wrap=True)


def flowing(line: str, indent: int) -> None:
    """Text that, in a terminal, goes on under itself: `indent` columns in. In pipes and files, one line."""
    if console.is_terminal:
        line = textwrap.fill(
            safe(line),
            console.width,
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
            replace_whitespace=False,
            drop_whitespace=True,
        )
    text(line)


def warning(line: str) -> None:
    said(error_console, "warning:", "bold yellow", line)


def said(console: Console, word: str, style: str, line: str) -> None:
    """A word in its style, then text. Its other lines are indented, so that no name with a line end in it can look like one
    of ours."""
    console.print(word, style=style, end=" ")
    console.print(re.sub(r"\n(?!  |$)", "\n  ", safe(line, console)), soft_wrap=True)


def as_json(value: Any) -> None:
    console.out(safe(json.dumps(value, indent=2)), highlight=False)


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """A table for people: the last column, the longest, goes under the others where it does not fit beside them. In pipes
    and files, nothing is wrapped."""
    rows = [[safe(cell.replace("\n", "\\n")) for cell in row] for row in rows]
    widths = [max(len(row[place]) for row in [columns, *rows]) for place in range(len(columns) - 1)]
    room = console.width - sum(widths) - 2 * len(widths) if console.is_terminal else None
    console.print(safe(title), style="bold", soft_wrap=True)
    if room is not None and room < min(_ROOM, max(len(row[-1]) for row in rows)):
        for row in rows:
            text("  ".join(cell for cell in row[:-1] if cell))
            text(textwrap.fill(row[-1], max(console.width, 20), initial_indent="    ", subsequent_indent="    "))
        return
    for row in [columns, *rows]:
        first = "".join(cell.ljust(width + 2) for cell, width in zip(row, widths, strict=False))
        lines = [row[-1]] if room is None else textwrap.wrap(row[-1], max(room, _ROOM)) or [""]
        text((first + f"\n{' ' * len(first)}".join(lines)).rstrip())
