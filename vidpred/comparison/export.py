"""A comparison as files: CSV for programs, Markdown for a README, HTML to look at, and plots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from vidpred.comparison.csv_export import as_csv
from vidpred.comparison.groups import Block, Comparison
from vidpred.comparison.table import Table, meaning
from vidpred.errors import VidpredError
from vidpred.io.atomic import replace_file
from vidpred.runs.layout import explain_write_errors

NAME = "compare"
_ENDINGS = (".csv", ".md", ".html")


def check_place(place: Path, force: bool) -> None:
    """Raises VidpredError where nothing can be written there, before anything is read; of files that are there already, only those
    in a folder are replaced without `force`."""
    if place.suffix in _ENDINGS and not place.is_dir():
        if place.exists() and not force:
            raise VidpredError(f"--out {place}: is there already; give another place, or --force to write over it")
        return
    if place.suffix and not place.is_dir():
        raise VidpredError(
            f"--out {place}: a file ends in {', '.join(_ENDINGS)}; or give a folder, which has no ending"
        )
    if place.exists() and not place.is_dir():
        raise VidpredError(
            f"--out {place}: is a file without an ending; give one that ends in {', '.join(_ENDINGS)}, or a folder"
        )


def written(place: Path, comparison: Comparison, tables: Sequence[Table]) -> list[Path]:
    """Write one file by its ending; or, into a folder, all of them and the plots. Gives what was written. Raises VidpredError."""
    with explain_write_errors(place), TemporaryDirectory() as temporary:
        if place.suffix in _ENDINGS and not place.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            plots = _plots(Path(temporary), comparison.blocks) if place.suffix == ".html" else {}
            return [_file(place, comparison, tables, plots)]
        place.mkdir(parents=True, exist_ok=True)
        plots = _plots(place, comparison.blocks)
        return [
            *(_file(place / f"{NAME}{ending}", comparison, tables, plots) for ending in _ENDINGS),
            *(path for paths in plots.values() for path in paths),
        ]


def _file(path: Path, comparison: Comparison, tables: Sequence[Table], plots: Mapping[int, Sequence[Path]]) -> Path:
    made: Callable[[], str] = {
        ".csv": lambda: as_csv(comparison),
        ".md": lambda: _markdown(comparison, tables),
        ".html": lambda: _html(comparison, tables, plots),
    }[path.suffix]
    replace_file(path, made().encode("utf-8", "replace"))
    return path


def _plots(folder: Path, blocks: Sequence[Block]) -> dict[int, list[Path]]:
    """The plots of each block with several rows, by its place: psnr.png; of the second, psnr_2.png. A single run's are in its report."""
    from vidpred.comparison.curves import overlays  # matplotlib is loaded only now
    from vidpred.plots.comparison import draw_overlays

    found: dict[int, list[Path]] = {}
    for place, block in enumerate(blocks):
        for name, panels in overlays(block).items() if len(block.rows) > 1 else ():
            path = folder / f"{name}{f'_{place + 1}' if place else ''}.png"
            draw_overlays(path, panels)
            found.setdefault(place, []).append(path)
    return found


def _markdown(comparison: Comparison, tables: Sequence[Table]) -> str:
    return (
        "\n\n".join(
            [
                *("\n\n".join(_in_markdown(table)) for table in tables),
                *(f"**Note:** {_plain(note)}." for note in comparison.notes),
                f"{_plain(meaning(comparison))}.",
            ]
        )
        + "\n"
    )


def _in_markdown(table: Table) -> Iterator[str]:
    yield f"**{_plain(table.title)}**"
    if table.differs:
        yield f"**Not comparable with the tables above:** {_plain(table.differs)}"
    if table.common:
        yield f"In all: {_plain(table.common)}"
    rule = ("---:" if column.is_number else "---" for column in table.columns)
    head = [" | ".join(_plain(column.heading) for column in table.columns), " | ".join(rule)]
    rows = [
        " | ".join(
            f"**{_plain(cell)}**" if place in column.best else _plain(cell)
            for cell, column in zip(row, table.columns, strict=True)
        )
        for place, row in enumerate(table.rows)
    ]
    yield "\n".join(f"| {line} |" for line in [*head, *rows])


def _plain(text: str) -> str:
    """Text that Markdown takes for nothing but text, in one line: names are strangers'."""
    escaped = "".join(f"\\{character}" if character in "\\`*_{}[]<>#|~$!" else character for character in text)
    return " ".join(escaped.split())


def _html(comparison: Comparison, tables: Sequence[Table], plots: Mapping[int, Sequence[Path]]) -> str:
    from vidpred.comparison.page import page

    return page(comparison, tables, plots)
