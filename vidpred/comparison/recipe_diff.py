"""In which settings runs differ. What changes no figure is no setting here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vidpred.contracts.base import DATA_ROOT_PATHS

_NO_SETTINGS = frozenset(
    {
        "name",
        "requires",
        "seed",
        *DATA_ROOT_PATHS,
        "observers",
        "sample",
        "save",
        "train.workers",
        "train.metrics",
        "validate.preview_every",
        "validate.preview_samples",
    }
)
_ABSENT: Any = object()
Column = dict[int, str]  # the number of a run -> what it has there


def settings(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """A resolved recipe without names, seed, the data's place, and what is only about pictures, files and speed."""
    found: dict[str, Any] = _without(recipe, "")
    return found


def key(value: Any) -> str:
    """Equal for equal settings, or parts of them."""
    return json.dumps(value, sort_keys=True, default=str)


def varied(all_settings: Sequence[Mapping[str, Any]]) -> dict[str, Column]:
    """What is not the same in all runs, by path: {"annealer": {0: "cyclical", 1: "none, value 1"}, "optimizer.lr": …}. Where runs have
    other components in a place, their settings are compared only between those that have the same one: so a column may lack
    runs."""
    found: dict[str, Column] = {}
    for path, column in _varied("", dict(enumerate(all_settings))):
        found.setdefault(path, {}).update(column)
    return found


def told(value: Any) -> str:
    """A setting as people read it: `cyclical, cycles 4`, `[actions, positions]`, 0.001, none."""
    if isinstance(value, Mapping):
        parts = [f"{name} {told(item)}" for name, item in value.items() if name != "name" and item is not None]
        return ", ".join([str(value["name"]), *parts] if "name" in value else parts)
    if isinstance(value, list):
        return f"[{', '.join(map(told, value))}]"
    if value is None or isinstance(value, bool):
        return "none" if value is None else str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _varied(path: str, values: Mapping[int, Any]) -> Iterator[tuple[str, Column]]:
    if len(set(map(key, values.values()))) < 2:
        return
    kinds: dict[str, dict[int, Any]] = {}
    for run, value in values.items():
        kinds.setdefault(_kind(value), {})[run] = value
    if len(kinds) > 1:
        yield (
            path,
            {
                run: _label(value, values)
                for kind in kinds.values()
                for run, value in kind.items()
                if value is not _ABSENT
            },
        )
    for kind in kinds.values():
        labelled = _single(next(iter(kind.values())), values) if len(kinds) > 1 else None
        for part in dict.fromkeys(part for value in kind.values() for part in _parts(value)):
            if part != labelled:
                yield from _varied(
                    f"{path}.{part}".lstrip("."), {run: _parts(value).get(part, _ABSENT) for run, value in kind.items()}
                )


def _kind(value: Any) -> str:
    """Values of one kind are compared part by part: components of one name, lists of one length; all others are one kind each."""
    if isinstance(value, Mapping):
        return f"component {value.get('name')}"
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return f"list of {len(value)}"
    return f"value {key(value)}"


def _label(value: Any, values: Mapping[int, Any]) -> str:
    """What a value is called beside others: a component by its name and, where it has a single one of its own, its setting."""
    if not (isinstance(value, Mapping) and "name" in value):
        return told(value)
    single = _single(value, values)
    return told({"name": value["name"], **({single: value[single]} if single else {})})


def _single(value: Any, values: Mapping[int, Any]) -> str | None:
    """The only setting that this component has and not all the others, if it is the only one."""
    if not (isinstance(value, Mapping) and "name" in value):
        return None
    others = [other for other in values.values() if _kind(other) != _kind(value)]
    own = [
        part
        for part in value
        if part != "name" and any(not isinstance(other, Mapping) or part not in other for other in others)
    ]
    return own[0] if len(own) == 1 else None


def _parts(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    return {str(place): item for place, item in enumerate(value)} if isinstance(value, list) else {}


def _without(value: Any, path: str) -> Any:
    if isinstance(value, Mapping):
        return {
            name: _without(item, inner)
            for name, item in value.items()
            if (inner := f"{path}.{name}".lstrip(".")) not in _NO_SETTINGS
        }
    return [_without(item, f"{path}.*") for item in value] if isinstance(value, list) else value
