"""vidpred report"""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

from vidpred.cli import console
from vidpred.cli.options import RunArgument
from vidpred.errors import VidpredError
from vidpred.runs.layout import RunFolder


def report_command(
    run: RunArgument, show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False
) -> None:
    """Write the run's report.html again, a page that needs no other file, and print its path."""
    RunFolder(run).require_recipe()
    from vidpred.report.page import write_report_page

    try:
        path = write_report_page(run)
    except OSError as error:
        raise VidpredError(f"{error.filename or run}: cannot be read or written: {error.strerror or error}") from error
    console.print_text(str(path))
    if show:
        webbrowser.open(path.resolve().as_uri())
