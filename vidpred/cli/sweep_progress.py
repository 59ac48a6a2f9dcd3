"""Show the runs of a recipe with a matrix, one after the other, then compare them."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from vidpred.assembly.sweep import CellFailed, CellResumed, CellSkipped, CellStarted, SweepCell, SweepEvent, run_sweep
from vidpred.cli import console
from vidpred.cli.commands.compare import compare_command
from vidpred.cli.progress import follow_run
from vidpred.errors import VidpredError
from vidpred.plugins.discovery import DiscoveredPlugins

_HOW_TO_RESUME = "run the same command again; finished runs are skipped"


def follow_sweep(cells: list[SweepCell], *, folder: Path, device: str, plugins: DiscoveredPlugins) -> None:
    """Carry out all runs that are not done, show them, and compare them in `folder`. Raises VidpredError at the end if
    runs failed, naming them."""
    execute = partial(follow_run, how_to_resume=_HOW_TO_RESUME)
    failures = []
    for event in run_sweep(cells, device=device, plugins=plugins, command=sys.argv, execute=execute):
        _show_event(event)
        if isinstance(event, CellFailed):
            failures.append(_first_line(event))
    if len(failures) < len(cells):
        compare_command([folder], [folder / "compare"])
    if failures:
        heading = f"{len(failures)} of {len(cells)} runs failed; fix what is wrong and {_HOW_TO_RESUME}"
        raise VidpredError("\n  ".join([heading, *failures]))


def _show_event(event: SweepEvent) -> None:
    if isinstance(event, CellStarted):
        console.print_text(f"[{event.number}/{event.cells}] {event.cell.folder}")
    elif isinstance(event, CellSkipped):
        console.print_text("  done already")
    elif isinstance(event, CellResumed):
        for note in event.notes:
            console.print_warning(note)
    elif isinstance(event, CellFailed):
        console.print_warning(f"{event.message}\nthe other runs continue")


def _first_line(event: CellFailed) -> str:
    line, folder = event.message.splitlines()[0], event.cell.folder
    return line if str(folder) in event.message else f"{folder}: {line}"
