"""A comparison as Markdown, for a README. No torch here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vidpred.comparison.captions import column_notes
from vidpred.comparison.groups import Comparison
from vidpred.comparison.table import ComparisonTable, TableColumn

_SPECIAL = "\\`*_{}[]<>#|~$!"


def comparison_markdown(comparison: Comparison, tables: Sequence[ComparisonTable]) -> str:
    """Return the tables, the notes, and what the columns mean."""
    paragraphs = ["\n\n".join(_table_paragraphs(table)) for table in tables]
    paragraphs += [f"**Note:** {_escape(note)}." for note in comparison.notes]
    paragraphs.append(f"{_escape(column_notes(comparison))}.")
    return "\n\n".join(paragraphs) + "\n"


def _table_paragraphs(table: ComparisonTable) -> Iterator[str]:
    yield f"**{_escape(table.title)}**"
    if table.differs:
        yield f"**Not comparable with the tables above:** {_escape(table.differs)}"
    if table.common:
        yield f"Common to all: {_escape(table.common)}"
    headings = [_escape(column.heading) for column in table.columns]
    alignments = ["---:" if column.is_number else "---" for column in table.columns]
    rows = [
        [_cell(cell, column, index) for cell, column in zip(row, table.columns, strict=True)]
        for index, row in enumerate(table.rows)
    ]
    yield "\n".join(f"| {' | '.join(cells)} |" for cells in [headings, alignments, *rows])


def _cell(text: str, column: TableColumn, index: int) -> str:
    return f"**{_escape(text)}**" if index in column.best else _escape(text)


def _escape(text: str) -> str:
    """Return text that Markdown renders as it is, in one line: names are untrusted."""
    escaped = "".join(f"\\{character}" if character in _SPECIAL else character for character in text)
    return " ".join(escaped.split())
