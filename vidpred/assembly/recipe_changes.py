"""Which fields of a recipe may change when its run is resumed. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vidpred.contracts.base import DATA_ROOT
from vidpred.errors import RecipeError

# Fields that change neither the weights nor any recorded metric.
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
_FREE_OF_DATA = (DATA_ROOT, "on_error")


def changed_fields(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the paths of the fields that differ, each with its new value."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            yield from changed_fields(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from changed_fields(old, new, f"{path}.{index}")
    elif before != after:
        yield path, after


def check_changes(source: str, changes: Mapping[str, Any], finished: int, step: int) -> None:
    """Raise RecipeError if a change would make a run whose records do not belong to its recipe."""
    problems = [
        f"{path}: the {finished or 'unfinished'} epochs so far are of a run without this change; start another run, "
        "or start one from these weights: --set init_from=RUN"
        for path in changes
        if not _is_free(path)
    ]
    epochs = changes.get("train.epochs")
    if isinstance(epochs, int) and epochs < finished + bool(step):
        begun = " and one has begun" if step else ""
        problems.append(f"train.epochs: {finished} epochs are finished{begun}; it cannot be lower")
    if problems:
        raise RecipeError(source, problems)


def _is_free(path: str) -> bool:
    names = path.split(".")
    if names[0] == "data" and names[-1] in _FREE_OF_DATA:
        return True
    return any(path == free or path.startswith(f"{free}.") for free in _FREE)
