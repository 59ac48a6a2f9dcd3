"""Resume a run from its folder, as if it had never stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from vidpred.assembly.model import load_initial_weights
from vidpred.assembly.recipe_changes import changed_fields, check_changes
from vidpred.assembly.run import build_retention, build_run
from vidpred.engine.schedules import schedule_values
from vidpred.errors import VidpredError
from vidpred.plugins.discovery import DiscoveredPlugins
from vidpred.recipe.loading import load_recipe
from vidpred.recipe.validation import ValidatedRecipe, validate_recipe
from vidpred.runs.layout import STATE, WEIGHTS, RunFolder
from vidpred.runs.lock import hold_lock
from vidpred.runs.manifest import find_damage
from vidpred.runs.position import Position, list_checkpoints
from vidpred.runs.provenance import Environment, check_plugins, environment_changes, recorded_precision
from vidpred.runs.retention import rewind
from vidpred.training.run import Run


@dataclass(frozen=True)
class ResumedRun:
    """A run that is ready to resume, and notes for the user: what differs from the first time."""

    run: Run
    notes: tuple[str, ...]


def resume_run(
    folder: Path,
    *,
    overrides: Sequence[str] = (),
    device: str = "auto",
    plugins: DiscoveredPlugins,
    command: Sequence[str] = (),
) -> ResumedRun | None:
    """Build the run in this folder, ready to resume. Return None if it is finished; then only its links are repaired.

    Raises VidpredError if the folder is not a run, if a plugin is missing, or if an override would contradict what was
    recorded.
    """
    existing = RunFolder(folder)
    existing.require_recipe()
    existing.refuse_links()
    recorded = existing.read_provenance()
    notes = check_plugins(folder, recorded, plugins)
    before = validate_recipe(load_recipe(existing.recipe_path), plugins.registry)
    checked = validate_recipe(load_recipe(existing.recipe_path, overrides), plugins.registry) if overrides else before
    history, checkpoints = existing.read_history(), list_checkpoints(existing.checkpoints)
    finished = len(history)
    changes = dict(changed_fields(before.resolved_fields(), checked.resolved_fields()))
    check_changes(checked.source, changes, finished, checkpoints[0][0].step if checkpoints else 0)
    if not changes and finished >= checked.recipe.train.epochs and _is_complete(checkpoints, checked):
        with hold_lock(existing):  # the process may have been killed before it set the links
            rewind(existing.checkpoints, checkpoints[0][0], history, build_retention(checked))
        return None
    run = build_run(folder, checked, device=device, plugins=plugins, command=command)
    if checkpoints:
        _check_clips(folder, recorded, run.store.environment)
    else:
        load_initial_weights(run.model, checked.recipe.init_from)
    notes += environment_changes(recorded, run.store.environment)
    if finished:
        notes += _stretched_schedules(before, checked, run.settings.steps_per_epoch, finished)
    environment = _provenance(recorded, run.store.environment, finished, changes)
    store = replace(run.store, environment=environment, resumes=True)
    return ResumedRun(replace(run, store=store), tuple(notes))


def _is_complete(checkpoints: Sequence[tuple[Position, Path]], checked: ValidatedRecipe) -> bool:
    """Whether the newest checkpoint is that of the last epoch, and intact."""
    if not checkpoints:
        return False
    position, path = checkpoints[0]
    return position.epoch >= checked.recipe.train.epochs and not find_damage(path, WEIGHTS, STATE)


def _check_clips(folder: Path, recorded: Mapping[str, Any], current: Mapping[str, Any]) -> None:
    """Raise VidpredError if the data have another number of clips than the run was trained on."""
    clips = recorded.get("clips", current["clips"])
    if clips != current["clips"]:
        raise VidpredError(
            f"{folder}: was trained on {clips} clips, but the data have {current['clips']} now; "
            "use the same data, or start another run from its weights: --set init_from=RUN"
        )


def _provenance(
    recorded: Mapping[str, Any], current: Mapping[str, Any], finished: int, changes: Mapping[str, Any]
) -> Environment:
    """Return what environment.json says from now on: as recorded, with one more entry in `resumed`."""
    entry = {
        **{key: current[key] for key in ("versions", "device", "precision", "plugins", "command")},
        "at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "epoch": finished,
        "changes": changes,
    }
    earlier = recorded.get("resumed")
    merged: Any = {**current, **recorded, "resumed": [*(earlier if isinstance(earlier, list) else []), entry]}
    # a folder without the field says in `device` what its first epochs were computed in
    merged["precision"] = recorded_precision(recorded) or current["precision"]
    return merged  # type: ignore[no-any-return]


def _stretched_schedules(before: ValidatedRecipe, after: ValidatedRecipe, steps: int, finished: int) -> Iterator[str]:
    """Name the schedules whose past values change with train.epochs."""
    old, new = before.recipe.train.epochs, after.recipe.train.epochs
    if old == new:
        return
    for schedule in _schedules_that_differ(after, min(old, new), max(old, new), steps):
        yield (
            f"{schedule}: depends on the length of the run, so it {'stretches' if new > old else 'shrinks'} from "
            f"{old} to {new} epochs; the {finished} epochs so far were trained by the one for {old}"
        )


def _schedules_that_differ(checked: ValidatedRecipe, fewer: int, more: int, steps: int) -> Iterator[str]:
    annealer, forcing = checked.chosen["annealer"].make(), checked.chosen["forcing"].make()
    short, long = (
        schedule_values(annealer, forcing, beta_max=1.0, epochs=count, steps_per_epoch=steps) for count in (fewer, more)
    )
    if short.beta != long.beta[:fewer]:
        yield f"annealer {annealer.name}"
    if short.ratio != long.ratio[:fewer]:
        yield f"forcing {forcing.name}"
    if checked.recipe.scheduler.name in ("cosine", "one_cycle"):
        yield f"scheduler {checked.recipe.scheduler.name}"
