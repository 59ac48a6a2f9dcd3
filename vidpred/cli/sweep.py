"""`vidpred run` of a recipe with a matrix: its runs one after the other, then a comparison of them."""

from __future__ import annotations

import sys
from pathlib import Path

from vidpred.cli import console as output
from vidpred.cli.commands.compare import compare
from vidpred.cli.errors import explained
from vidpred.errors import VidpredError
from vidpred.plugins.discovery import Plugins
from vidpred.recipe.grid import Cell
from vidpred.recipe.loading import load
from vidpred.recipe.validation import Checked, check
from vidpred.runs.catalog import run_status
from vidpred.runs.layout import RunFolder

_AGAIN = "give the same command again: what is done is skipped"


def run_all(cells: list[Cell], *, out: Path, device: str, plugins: Plugins) -> None:
    """Do what is not done yet, and compare all in the end. A run that fails does not keep the others from being done: raises
    VidpredError after them, naming it."""
    checked = [check(cell.document, plugins.registry) for cell in cells]
    folder, failed = out / checked[0].recipe.name, []
    for number, (cell, one) in enumerate(zip(cells, checked, strict=True), 1):
        place = folder / cell.name / f"seed_{one.recipe.seed}"
        output.text(f"[{number}/{len(cells)}] {place}")
        try:
            _do(one, place, device, plugins)
        except Exception as error:
            told = explained(error)
            if told is None:
                raise
            output.warning(f"{told}\nthe other runs go on")
            failed.append(told.splitlines()[0] if str(place) in told else f"{place}: {told.splitlines()[0]}")
    if len(failed) < len(cells):
        compare([folder], [folder / "compare"])
    if failed:
        raise VidpredError(
            "\n  ".join([f"{len(failed)} of {len(cells)} runs failed; mend what is wrong and {_AGAIN}", *failed])
        )


def _do(checked: Checked, place: Path, device: str, plugins: Plugins) -> None:
    from vidpred.assembly.resume import resume_run
    from vidpred.assembly.run import new_run_in
    from vidpred.cli.progress import follow  # torch is loaded only now, when all else is right

    if not place.exists():
        follow(new_run_in(place, checked, device=device, plugins=plugins, command=sys.argv), _AGAIN)
        return
    found = run_status(place)
    if found.state in ("running", "broken"):
        raise VidpredError(f"{place}: is {found.state}{': ' if found.problem else ''}{found.problem}")
    _same(checked, place, plugins)
    resumed = resume_run(place, device=device, plugins=plugins, command=sys.argv)
    if resumed is None:
        output.text("  done already")
        return
    for note in resumed.notes:
        output.warning(note)
    follow(resumed.run, _AGAIN)


def _same(checked: Checked, place: Path, plugins: Plugins) -> None:
    """Raises VidpredError where what is there is a run of something else."""
    from vidpred.assembly.resume import changed_fields

    there = check(load(RunFolder(place).recipe_path), plugins.registry).resolved()
    other = [path for path, _ in changed_fields(there, checked.resolved())]
    if other:
        raise VidpredError(
            f"{place}: was run with other settings ({', '.join(other)}); give another --out or name, or move it away"
        )
