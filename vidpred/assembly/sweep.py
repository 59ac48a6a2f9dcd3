"""Carry out all runs of a recipe with a matrix, one after the other, and skip those that are done.

Imports no torch until a run is built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vidpred.assembly.recipe_changes import changed_fields
from vidpred.assembly.user_errors import user_message
from vidpred.errors import VidpredError
from vidpred.plugins.discovery import DiscoveredPlugins
from vidpred.recipe.grid import expand_matrix
from vidpred.recipe.loading import Document, load_recipe
from vidpred.recipe.validation import ValidatedRecipe, validate_recipe
from vidpred.runs.catalog import run_status
from vidpred.runs.layout import RunFolder

if TYPE_CHECKING:
    from vidpred.training.run import Run


@dataclass(frozen=True)
class SweepCell:
    """One run of a sweep: its checked recipe, and its folder OUT/<name>/<cell>/seed_<seed>."""

    checked: ValidatedRecipe
    folder: Path


@dataclass(frozen=True)
class CellStarted:
    """The work on a cell starts; `number` counts from 1."""

    cell: SweepCell
    number: int
    cells: int


@dataclass(frozen=True)
class CellResumed:
    """The run of a cell exists and resumes. `notes` say what differs from the first time."""

    cell: SweepCell
    notes: tuple[str, ...]


@dataclass(frozen=True)
class CellSkipped:
    """The run of a cell is finished already."""

    cell: SweepCell


@dataclass(frozen=True)
class CellFinished:
    """The run of a cell was trained to its end."""

    cell: SweepCell


@dataclass(frozen=True)
class CellFailed:
    """The run of a cell failed, for a reason that users can fix. The other cells are not affected."""

    cell: SweepCell
    message: str


SweepEvent = CellStarted | CellResumed | CellSkipped | CellFinished | CellFailed


def train(run: Run) -> None:
    """Train a run to its end, silently."""
    for _ in run.events():
        pass


def sweep_cells(document: Document, *, out: Path, plugins: DiscoveredPlugins) -> list[SweepCell]:
    """List the runs of a recipe with a matrix. Raises RecipeError if the recipe of any of them is invalid."""
    checked = [(cell.name, validate_recipe(cell.document, plugins.registry)) for cell in expand_matrix(document)]
    return [
        SweepCell(recipe, out / checked[0][1].recipe.name / name / f"seed_{recipe.recipe.seed}")
        for name, recipe in checked
    ]


def run_sweep(
    cells: Sequence[SweepCell],
    *,
    device: str = "auto",
    plugins: DiscoveredPlugins,
    command: Sequence[str] = (),
    execute: Callable[[Run], object] = train,
) -> Iterator[SweepEvent]:
    """Carry out each cell that is not done yet, by `execute`, and yield what happens.

    A cell whose failure the user can fix yields CellFailed, and the next one starts. Other exceptions end the sweep, as
    does Interrupted; the same call then continues it.
    """
    for number, cell in enumerate(cells, 1):
        yield CellStarted(cell, number, len(cells))
        try:
            yield from _run_cell(cell, device, plugins, command, execute)
        except Exception as error:
            message = user_message(error)
            if message is None:
                raise
            yield CellFailed(cell, message)


def _run_cell(
    cell: SweepCell, device: str, plugins: DiscoveredPlugins, command: Sequence[str], execute: Callable[[Run], object]
) -> Iterator[SweepEvent]:
    from vidpred.assembly.resume import resume_run
    from vidpred.assembly.run import new_run_in

    if not cell.folder.exists():
        execute(new_run_in(cell.folder, cell.checked, device=device, plugins=plugins, command=command))
        yield CellFinished(cell)
        return
    _check_existing(cell, plugins)
    resumed = resume_run(cell.folder, device=device, plugins=plugins, command=command)
    if resumed is None:
        yield CellSkipped(cell)
        return
    yield CellResumed(cell, resumed.notes)
    execute(resumed.run)
    yield CellFinished(cell)


def _check_existing(cell: SweepCell, plugins: DiscoveredPlugins) -> None:
    """Raise VidpredError if the cell's folder holds a run that cannot be resumed, or one with other settings."""
    status = run_status(cell.folder)
    if status.state in ("running", "broken"):
        raise VidpredError(f"{cell.folder}: is {status.state}{': ' if status.problem else ''}{status.problem}")
    existing = validate_recipe(load_recipe(RunFolder(cell.folder).recipe_path), plugins.registry).resolved_fields()
    changed = [path for path, _ in changed_fields(existing, cell.checked.resolved_fields())]
    if changed:
        raise VidpredError(
            f"{cell.folder}: was run with other settings ({', '.join(changed)}); "
            "give another --out or name, or move it away"
        )
