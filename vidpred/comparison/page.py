"""A comparison as one HTML page that needs nothing else: no script, no network, and names are nothing but text."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from vidpred.comparison.groups import Comparison
from vidpred.comparison.table import Table, meaning

_STYLE = """
:root { color-scheme: light dark; --paper: light-dark(#fbfbfa, #131518); --card: light-dark(#fff, #1a1d21); --ink: light-dark(#1f2328, #e6e8eb);
  --muted: light-dark(#65696f, #989da5); --line: light-dark(#e5e6e8, #2b2f35); --best: light-dark(#1a7f37, #3fb950);
  --warning: light-dark(#9a3412, #f0883e); }
body { margin: 0 auto; padding: 40px 32px 56px; max-width: 1144px; background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
  font: 15px/1.5 Inter, -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 8px; } h2 { font-size: 19px; margin: 40px 0 4px; }
p { margin: 4px 0; color: var(--muted); } p.warning { color: var(--warning); font-weight: 600; }
.card { overflow-x: auto; margin: 14px 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 8px 14px; }
table { border-collapse: collapse; width: 100%; overflow-wrap: normal; } th, td { padding: 7px 10px; text-align: left; vertical-align: top; }
th { color: var(--muted); font-size: 13px; font-weight: 600; vertical-align: bottom; } td { border-top: 1px solid var(--line); }
.number { text-align: right; white-space: nowrap; } .best { color: var(--best); font-weight: 650; } .copy td { color: var(--muted); }
img { display: block; max-width: 100%; margin: 14px 0; border-radius: 12px; border: 1px solid var(--line); }
@media (max-width: 640px) { body { padding: 20px 14px; } }
"""
_COPY_ROW = '<tr class="copy">'
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(comparison: Comparison, tables: Sequence[Table], plots: Mapping[int, Sequence[Path]]) -> str:
    """The tables, each with its plots in it."""
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f"<title>Comparison of runs</title><style>{_STYLE}</style></head>",
            "<body>",
            "<h1>Comparison of runs</h1>",
            *(f'<p class="warning">{_text(note)}</p>' for note in comparison.notes),
            f"<p>{_text(meaning(comparison))}</p>",
            *(
                part
                for place, table in enumerate(tables)
                for part in (*_section(table), *map(_image, plots.get(place, ())))
            ),
            "</body></html>",
            "",
        ]
    )


def _section(table: Table) -> Iterator[str]:
    yield f"<h2>{_text(table.title)}</h2>"
    if table.differs:
        yield f'<p class="warning">Not comparable with the tables above: {_text(table.differs)}</p>'
    if table.common:
        yield f"<p>In all: {_text(table.common)}</p>"
    yield '<div class="card"><table>'
    yield f"<thead><tr>{''.join(_cell('th', column.heading, column.is_number) for column in table.columns)}</tr></thead><tbody>"
    for place, row in enumerate(table.rows):
        cells = "".join(
            _cell("td", cell, column.is_number, place in column.best)
            for cell, column in zip(row, table.columns, strict=True)
        )
        yield (_COPY_ROW if place >= len(table.rows) - table.copies else "<tr>") + f"{cells}</tr>"
    yield "</tbody></table></div>"


def _cell(tag: str, text: str, is_number: bool, is_best: bool = False) -> str:
    kinds = " ".join(["number"] * is_number + ["best"] * is_best)
    return f'<{tag} class="{kinds}">{_text(text)}</{tag}>' if kinds else f"<{tag}>{_text(text)}</{tag}>"


def _image(path: Path) -> str:
    encoded = base64.b64encode(path.read_bytes()).decode()
    name = path.stem.replace("_", " ")
    return f'<img alt="{_text(name)}" src="data:image/png;base64,{encoded}">'


def _text(text: str) -> str:
    return escape(text).encode("utf-8", "replace").decode()
