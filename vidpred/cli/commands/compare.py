"""vidpred compare"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vidpred.cli import console
from vidpred.cli.comparison_table import print_comparison_table
from vidpred.comparison.captions import column_notes
from vidpred.comparison.compare import compare_runs
from vidpred.comparison.export import check_comparison_path, write_comparison
from vidpred.comparison.table import comparison_tables


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
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
) -> None:
    """Compare runs in tables, best first, each with results that were measured alike. Runs that differ only in the seed
    are one row, with mean and standard deviation. Only settings in which runs differ are shown."""
    for path in out or ():
        check_comparison_path(path, force=force)
    comparison = compare_runs(runs)
    for note in comparison.notes:
        console.print_warning(note)
    for table in comparison_tables(comparison):
        print_comparison_table(table)
        console.print_text()
    console.print_wrapped(column_notes(comparison), indent=2)
    for path in out or ():
        for file in write_comparison(path, comparison):
            console.print_text(f"written: {file}")
