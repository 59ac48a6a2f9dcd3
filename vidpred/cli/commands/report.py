"""vidpred report"""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

from vidpred.cli import console
from vidpred.cli.options import RunArgument
from vidpred.runs.layout import RunFolder


def report_command(
    run: RunArgument, show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False
) -> None:
    """Write the run's report.html again, a page that needs no other file, and print its path."""
    RunFolder(run).require_recipe()
    from vidpred.inference.evaluation_files import update_report

    path = update_report(run)
    console.print_text(str(path))
    if show:
        webbrowser.open(path.resolve().as_uri())
