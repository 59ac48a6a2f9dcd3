"""A comparison as one self-contained HTML page: no script, no network, names are only text. No torch here."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from vidpred.comparison.captions import column_notes
from vidpred.comparison.groups import Comparison
from vidpred.comparison.table import ComparisonTable
from vidpred.plots.page_style import shared_page_style

_STYLE = """
:root { --best: light-dark(#1a7f37, #3fb950); --warning: light-dark(#9a3412, #f0883e); }
h1 { margin: 0 0 8px; } h2 { margin: 40px 0 4px; }
p { margin: 4px 0; color: var(--muted); } p.warning { color: var(--warning); font-weight: 600; }
.card { overflow-x: auto; margin: 14px 0; padding: 8px 14px; }
table { border-collapse: collapse; width: 100%; overflow-wrap: normal; }
th, td { padding: 7px 10px; text-align: left; vertical-align: top; } td { border-top: 1px solid var(--line); }
th { color: var(--muted); font-size: 13px; font-weight: 600; vertical-align: bottom; }
.number { text-align: right; white-space: nowrap; } .best { color: var(--best); font-weight: 650; }
.copy td { color: var(--muted); }
img { display: block; max-width: 100%; margin: 14px 0; border-radius: 12px; border: 1px solid var(--line); }
@media (max-width: 640px) { body { padding: 20px 14px; } }
"""
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def comparison_page(
    comparison: Comparison, tables: Sequence[ComparisonTable], plots: Mapping[int, Sequence[Path]]
) -> str:
    """Return the page's HTML: the tables, each followed by its plots."""
    lines = [
        "<!doctype html>",
        '<html lang="en">',
        '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>Comparison of runs</title><style>{shared_page_style()}{_STYLE}</style></head>",
        "<body>",
        "<h1>Comparison of runs</h1>",
        *(f'<p class="warning">{_text(note)}</p>' for note in comparison.notes),
        f"<p>{_text(column_notes(comparison))}</p>",
    ]
    for index, table in enumerate(tables):
        lines += _section(table)
        lines += map(_image, plots.get(index, ()))
    return "\n".join([*lines, "</body></html>", ""])


def _section(table: ComparisonTable) -> Iterator[str]:
    yield f"<h2>{_text(table.title)}</h2>"
    if table.differs:
        yield f'<p class="warning">Not comparable with the tables above: {_text(table.differs)}</p>'
    if table.common:
        yield f"<p>Common to all: {_text(table.common)}</p>"
    headings = "".join(_cell("th", column.heading, column.is_number) for column in table.columns)
    yield '<div class="card"><table>'
    yield f"<thead><tr>{headings}</tr></thead><tbody>"
    for index, row in enumerate(table.rows):
        cells = [
            _cell("td", cell, column.is_number, index in column.best)
            for cell, column in zip(row, table.columns, strict=True)
        ]
        row_tag = '<tr class="copy">' if table.is_copy(index) else "<tr>"
        yield f"{row_tag}{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _cell(tag: str, text: str, is_number: bool, is_best: bool = False) -> str:
    classes = " ".join(["number"] * is_number + ["best"] * is_best)
    return f'<{tag} class="{classes}">{_text(text)}</{tag}>' if classes else f"<{tag}>{_text(text)}</{tag}>"


def _image(path: Path) -> str:
    encoded = base64.b64encode(path.read_bytes()).decode()
    name = path.stem.replace("_", " ")
    return f'<img alt="{_text(name)}" src="data:image/png;base64,{encoded}">'


def _text(text: str) -> str:
    return escape(text).encode("utf-8", "replace").decode()
