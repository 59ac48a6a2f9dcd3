"""List the runs below a folder with the state of each: running, finished, interrupted or broken. No torch here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vidpred.errors import VidpredError
from vidpred.io.atomic import link_target
from vidpred.runs.history import History
from vidpred.runs.layout import BEST, CHECKPOINTS, RECIPE, RunFolder
from vidpred.runs.lock import is_locked
from vidpred.runs.manifest import find_damage
from vidpred.runs.position import Position, list_checkpoints, parse_position

State = Literal["running", "finished", "interrupted", "broken"]
_MAX_DEPTH = 4  # folders below the one that is searched: runs/<name>/<cell>/seed_<n>


@dataclass(frozen=True)
class BestEpoch:
    """The best validation value of a metric, and its epoch, counted from 0."""

    metric: str
    value: float
    epoch: int


@dataclass(frozen=True)
class RunStatus:
    """The state of one run. `position` is that of its newest intact checkpoint; `problem` says why it is broken."""

    folder: Path
    name: str
    state: State
    position: Position
    epochs: int
    best: tuple[BestEpoch, ...]
    problem: str = ""
    recipe: Mapping[str, Any] = field(default_factory=dict)


def find_runs(folder: Path) -> Iterator[RunStatus]:
    """Yield every run below this folder, or the run that it is, sorted by path.

    Raises VidpredError if there is no such folder.
    """
    if not folder.is_dir():
        raise VidpredError(f"no folder {folder}; runs are written to --out, or to runs/")
    for parent, folders, files in os.walk(folder):
        path = Path(parent)
        is_run = RECIPE in files or CHECKPOINTS in folders
        depth = len(path.relative_to(folder).parts)
        folders[:] = [] if is_run or depth >= _MAX_DEPTH else sorted(name for name in folders if name[0] != ".")
        if is_run:
            yield run_status(path)


def run_status(folder: Path) -> RunStatus:
    """Return the state of a run. Files are compared with the manifests by their sizes; their contents are not read."""
    run = RunFolder(folder)
    history, saved = run.read_history(), list_checkpoints(run.checkpoints)
    recorded = [(position, path) for position, path in saved if position.epoch <= len(history)]
    intact = next((position for position, path in recorded if not find_damage(path, hash_files=False)), None)
    position = intact or Position(0)
    try:
        recipe = run.read_recipe()
        name, epochs = _name_and_epochs(recipe)
    except VidpredError as error:
        problem = ": ".join(line.strip() for line in str(error).splitlines()[:2])
        return RunStatus(
            folder=folder, name=folder.name, state="broken", position=position, epochs=0, best=(), problem=problem
        )
    state: State = "finished" if position.epoch >= epochs else "interrupted"
    problem = ""
    if is_locked(run):
        state = "running"
    elif intact is None and saved:
        newest = saved[0][1]
        state = "broken"
        problem = f"{newest.name}: {find_damage(newest, hash_files=False) or 'its history is incomplete'}"
    return RunStatus(
        folder=folder,
        name=name,
        state=state,
        position=position,
        epochs=epochs,
        best=tuple(_best_epochs(run.checkpoints, history)),
        problem=problem,
        recipe=recipe,
    )


def _name_and_epochs(recipe: Mapping[str, Any]) -> tuple[str, int]:
    train = recipe.get("train")
    epochs = train.get("epochs") if isinstance(train, Mapping) else None
    if not isinstance(epochs, int) or not isinstance(recipe.get("name"), str):
        raise VidpredError(f"{RECIPE} has no name, or no train.epochs")
    return recipe["name"], epochs


def _best_epochs(checkpoints: Path, history: History) -> Iterator[BestEpoch]:
    """Yield what the links best_psnr, best_loss, … point to."""
    for link in sorted(checkpoints.glob(f"{BEST}*")):
        target, metric = link_target(link), link.name.removeprefix(BEST)
        position = parse_position(target.name) if target else None
        if not position or not 0 < position.epoch <= len(history):
            continue
        validated = history[position.epoch - 1].get("validate")
        value = validated.get(metric) if isinstance(validated, Mapping) else None
        if isinstance(value, int | float):
            yield BestEpoch(metric, float(value), position.epoch - 1)
