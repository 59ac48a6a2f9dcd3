"""vidpred report"""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from vidpred.cli import console as output
from vidpred.errors import VidpredError
from vidpred.runs.layout import RunFolder


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder: runs/<name>/<date-time>.")],
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Write the run's report.html anew, a page of its own that needs nothing else, and print where it is."""
    RunFolder(run).require_recipe()
    from vidpred.report.page import write

    try:
        path = write(run)
    except OSError as error:
        raise VidpredError(f"{error.filename or run}: cannot be read or written: {error.strerror or error}") from error
    output.text(str(path))
    if show:
        webbrowser.open(path.resolve().as_uri())
