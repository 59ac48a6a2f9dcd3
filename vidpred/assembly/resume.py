"""Goes on with a run from its folder, as if it had never ended; and says what of a recipe may change on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from vidpred.assembly.build import assembled, begin_with, checkpoints_of
from vidpred.engine.schedules import scheduled
from vidpred.errors import RecipeError, VidpredError
from vidpred.plugins.discovery import Plugins
from vidpred.recipe.loading import load
from vidpred.recipe.validation import Checked, check
from vidpred.runs import history as records, provenance as environment
from vidpred.runs.checkpoints import STATE, WEIGHTS, newest_first
from vidpred.runs.layout import CHECKPOINTS, ENVIRONMENT, RECIPE, not_a_run_folder
from vidpred.runs.lock import LOCK, NOTE, held
from vidpred.runs.manifest import damage
from vidpred.training.run import Run

# What does not touch the weights, nor the figures that are recorded.
_FREE = (
    "train.epochs",
    "train.workers",
    "train.max_skipped",
    "validate.preview_every",
    "validate.preview_samples",
    "save",
    "observers",
    "sample",
    "requires",
)
_FREE_OF_DATA = ("root", "on_error")


@dataclass(frozen=True)
class Resumed:
    """A run that is ready to go on, and what is to be said about that."""

    run: Run
    notes: tuple[str, ...]


def resume(
    folder: Path, *, overrides: Sequence[str] = (), device: str = "auto", plugins: Plugins, command: Sequence[str] = ()
) -> Resumed | None:
    """The run in this folder; None where it is finished: then its links are put right, and nothing else is done. Raises VidpredError
    where the folder is no run, where a plugin is missing, and where a change of the recipe would break what was recorded."""
    if not (folder / RECIPE).is_file():
        raise not_a_run_folder(folder, RECIPE)
    for name in (CHECKPOINTS, "previews", "plots", "eval", records.NAME, RECIPE, ENVIRONMENT, NOTE, LOCK):
        if (folder / name).is_symlink():  # of a stranger's run: what is written and deleted would be elsewhere
            raise VidpredError(f"{folder / name}: is a link, which vidpred's are not; put the files themselves there")
    notes = environment.need_plugins(folder, plugins)
    before = check(load(folder / RECIPE), plugins.registry)
    checked = check(load(folder / RECIPE, overrides), plugins.registry) if overrides else before
    history, kept = records.read(folder), newest_first(folder / CHECKPOINTS)
    finished = len(history)
    changes = dict(changed(before.resolved(), checked.resolved()))
    _refuse(checked.source, changes, finished, kept[0][0].step if kept else 0)
    if (
        not changes
        and finished >= checked.recipe.train.epochs
        and kept
        and kept[0][0].epoch >= checked.recipe.train.epochs
        and not (damage(kept[0][1], WEIGHTS, STATE))
    ):
        with held(folder):  # it may have been killed before its links were right
            checkpoints_of(checked, folder).rewind_to(kept[0][0], history)
        return None
    run = assembled(checked, folder, device=device, plugins=plugins, command=command)
    if not kept:
        begin_with(run.model, checked.recipe.init_from)
    recorded = environment.read(folder)
    if kept and recorded.get("clips", run.environment["clips"]) != run.environment["clips"]:
        raise VidpredError(
            f"{folder}: was trained on {recorded['clips']} clips, but the data have {run.environment['clips']} now; "
            "give it the same data, or begin another run with its weights: --set init_from=RUN"
        )
    notes += environment.differences(recorded, run.environment)
    if finished:
        notes += _stretched(before, checked, run.steps_per_epoch, finished)
    again = {key: run.environment[key] for key in ("versions", "device", "plugins", "command")} | {
        "at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "epoch": finished,
        "changes": changes,
    }
    whole = {**run.environment, **recorded, "resumed": [*_list(recorded.get("resumed")), again]}
    return Resumed(replace(run, environment=whole, resumes=True), tuple(notes))


def changed(before: Any, now: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The fields that differ, by their paths, with their new values."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*before, *now]):
            yield from changed(before.get(key), now.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for place, (old, new) in enumerate(zip(before, now, strict=True)):
            yield from changed(old, new, f"{path}.{place}")
    elif before != now:
        yield path, now


def _refuse(source: str, changes: Mapping[str, Any], finished: int, steps: int) -> None:
    """Raises RecipeError where a change would make a run whose records are not those of its recipe."""
    broken = [
        f"{path}: the {finished or 'unfinished'} epochs so far are of a run without this change; start another run, or begin it with "
        "these weights: --set init_from=RUN"
        for path in changes
        if not _is_free(path)
    ]
    epochs = changes.get("train.epochs")
    if isinstance(epochs, int) and epochs < finished + bool(steps):
        broken.append(
            f"train.epochs: {finished} epochs are finished{' and one has begun' if steps else ''}; it can be no less"
        )
    if broken:
        raise RecipeError(source, broken)


def _is_free(path: str) -> bool:
    of_data = path.split(".")[0] == "data" and path.split(".")[-1] in _FREE_OF_DATA
    return of_data or any(path == free or path.startswith(f"{free}.") for free in _FREE)


def _stretched(before: Checked, now: Checked, steps: int, finished: int) -> Iterator[str]:
    """The schedules whose positions hang on the length of the run: what was done would have been done otherwise."""
    epochs = before.recipe.train.epochs, now.recipe.train.epochs
    if epochs[0] == epochs[1]:
        return
    for what in _differing(now, min(epochs), max(epochs), steps):
        yield (
            f"{what}: its positions follow from the length of the run, so it {'stretches' if epochs[1] > epochs[0] else 'shrinks'} from "
            f"{epochs[0]} to {epochs[1]} epochs; the {finished} epochs so far were trained by the one for {epochs[0]}"
        )


def _differing(now: Checked, fewer: int, more: int, steps: int) -> Iterator[str]:
    annealer, forcing = now.chosen["annealer"].make(), now.chosen["forcing"].make()
    short, long = (
        scheduled(annealer, forcing, beta_max=1.0, epochs=count, steps_per_epoch=steps) for count in (fewer, more)
    )
    if short.beta != long.beta[:fewer]:
        yield f"annealer {annealer.name}"
    if short.ratio != long.ratio[:fewer]:
        yield f"forcing {forcing.name}"
    if now.recipe.scheduler.name in ("cosine", "one_cycle"):
        yield f"scheduler {now.recipe.scheduler.name}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
