"""The runs beneath a folder, and how each of them stands. No torch here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vidpred.errors import VidpredError
from vidpred.io.atomic import link_target
from vidpred.recipe.loading import load
from vidpred.runs import history as records
from vidpred.runs.checkpoints import newest_first
from vidpred.runs.layout import CHECKPOINTS, RECIPE
from vidpred.runs.lock import is_held
from vidpred.runs.manifest import Position, damage, position_of

State = Literal["running", "finished", "interrupted", "broken"]
_DEEP = 4  # folders beneath the one that is looked through: runs/<name>/<cell>/seed_<n>


@dataclass(frozen=True)
class Best:
    """A validation figure, and the epoch that it was best in."""

    figure: str
    value: float
    epoch: int


@dataclass(frozen=True)
class Found:
    """A run's folder. `at` is what it has saved, of `epochs`; `why` says what is broken."""

    folder: Path
    name: str
    state: State
    at: Position
    epochs: int
    best: tuple[Best, ...]
    why: str = ""


def runs(folder: Path) -> Iterator[Found]:
    """Every run beneath this folder, or the run that it is, in the order of their names. Raises VidpredError where there is no
    such folder."""
    if not folder.is_dir():
        raise VidpredError(f"no folder {folder}; runs go where --out says, or into runs/")
    for where, folders, files in os.walk(folder):
        here = Path(where)
        is_run = RECIPE in files or CHECKPOINTS in folders
        deep = len(here.relative_to(folder).parts)
        folders[:] = [] if is_run or deep >= _DEEP else sorted(name for name in folders if not name.startswith("."))
        if is_run:
            yield look_at(here)


def look_at(folder: Path) -> Found:
    """How a run stands. Sizes of its files are compared with what was written, but they are not read."""
    history, saved = records.read(folder), newest_first(folder / CHECKPOINTS)
    whole = [(at, path) for at, path in saved if at.epoch <= len(history) and not damage(path, hashed=False)]
    at = whole[0][0] if whole else Position(0)
    try:
        name, epochs = _name_and_epochs(load(folder / RECIPE).fields)
    except VidpredError as error:
        return Found(
            folder, folder.name, "broken", at, 0, (), ": ".join(line.strip() for line in str(error).splitlines()[:2])
        )
    best = tuple(_best(folder / CHECKPOINTS, history))
    if is_held(folder):
        return Found(folder, name, "running", at, epochs, best)
    if not whole and saved:
        return Found(
            folder,
            name,
            "broken",
            at,
            epochs,
            best,
            f"{saved[0][1].name}: {damage(saved[0][1], hashed=False) or 'its records are torn'}",
        )
    return Found(folder, name, "finished" if at.epoch >= epochs else "interrupted", at, epochs, best)


def _name_and_epochs(recipe: Mapping[str, Any]) -> tuple[str, int]:
    train = recipe.get("train")
    epochs = train.get("epochs") if isinstance(train, Mapping) else None
    if not isinstance(epochs, int) or not isinstance(recipe.get("name"), str):
        raise VidpredError(f"{RECIPE} has no name, or no train.epochs")
    return recipe["name"], epochs


def _best(checkpoints: Path, history: Sequence[Mapping[str, Any]]) -> Iterator[Best]:
    """What the links `best_*` point to."""
    for link in sorted(checkpoints.glob("best_*")):
        target, figure = link_target(link), link.name.removeprefix("best_")
        at = position_of(target.name) if target else None
        validated = history[at.epoch - 1].get("validate") if at and 0 < at.epoch <= len(history) else None
        value = validated.get(figure) if isinstance(validated, Mapping) else None
        if at and isinstance(value, int | float):
            yield Best(figure, float(value), at.epoch - 1)
