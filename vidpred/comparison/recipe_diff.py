"""Find the settings in which recipes differ. Fields that cannot change a metric value are ignored. No torch here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from vidpred.contracts.base import DATA_ROOT_PATHS

_IGNORED = frozenset(
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
ValuesByRun = dict[int, str]  # index of a run -> its value as text; a run that lacks the setting is missing


def compared_settings(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resolved recipe without name, seed, data roots, and whatever concerns only previews, files and speed."""
    settings: dict[str, Any] = _without_ignored(recipe, "")
    return settings


def settings_key(value: Any) -> str:
    """Return a text that is equal for equal settings, or equal parts of settings."""
    return json.dumps(value, sort_keys=True, default=str)


def varying_settings(recipes: Sequence[Mapping[str, Any]]) -> dict[str, ValuesByRun]:
    """Return the settings that are not equal in all runs, by path.

    For example {"annealer": {0: "cyclical", 1: "none, value 1"}, "optimizer.lr": ...}. If runs use different components
    in one slot, the settings below it are compared only among runs with the same component, so runs may be missing.
    """
    varying: dict[str, ValuesByRun] = {}
    for path, values in _differences("", dict(enumerate(recipes))):
        varying.setdefault(path, {}).update(values)
    return varying


def format_value(value: Any) -> str:
    """Format a setting for people: `cyclical, cycles 4`, `[actions, positions]`, 0.001, none."""
    if isinstance(value, Mapping):
        parts = [f"{name} {format_value(item)}" for name, item in value.items() if name != "name" and item is not None]
        return ", ".join([str(value["name"]), *parts] if "name" in value else parts)
    if isinstance(value, list):
        return f"[{', '.join(map(format_value, value))}]"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _differences(path: str, values: Mapping[int, Any]) -> Iterator[tuple[str, ValuesByRun]]:
    """Yield (path, values by run) for whatever differs at this path and below it; a path may come more than once."""
    if len({settings_key(value) for value in values.values()}) < 2:
        return
    kinds = _by_kind(values)
    if len(kinds) > 1:
        yield path, _labels(kinds, values)
    for members in kinds.values():
        labelled = _only_own_setting(next(iter(members.values())), values) if len(kinds) > 1 else None
        for name in _child_names(members.values()):
            if name != labelled:
                children = {run: _children(value).get(name, _ABSENT) for run, value in members.items()}
                yield from _differences(f"{path}.{name}".lstrip("."), children)


def _by_kind(values: Mapping[int, Any]) -> dict[str, dict[int, Any]]:
    kinds: dict[str, dict[int, Any]] = {}
    for run, value in values.items():
        kinds.setdefault(_kind(value), {})[run] = value
    return kinds


def _kind(value: Any) -> str:
    """Return what must be equal for values to be compared part by part: a component's name, the length of a list of
    components. Any other value is a kind of its own."""
    if isinstance(value, Mapping):
        return f"component {value.get('name')}"
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return f"list of {len(value)}"
    return f"value {settings_key(value)}"


def _labels(kinds: Mapping[str, Mapping[int, Any]], values: Mapping[int, Any]) -> ValuesByRun:
    labels = {}
    for members in kinds.values():
        for run, value in members.items():
            if value is not _ABSENT:
                labels[run] = _label(value, values)
    return labels


def _label(value: Any, values: Mapping[int, Any]) -> str:
    """Return a value's text among others: of a component its name, and its only own setting if it has exactly one."""
    if not (isinstance(value, Mapping) and "name" in value):
        return format_value(value)
    setting = _only_own_setting(value, values)
    return format_value({"name": value["name"], **({setting: value[setting]} if setting else {})})


def _only_own_setting(value: Any, values: Mapping[int, Any]) -> str | None:
    """Return the setting that this component has and some component of another kind lacks, if there is exactly one."""
    if not (isinstance(value, Mapping) and "name" in value):
        return None
    others = [other for other in values.values() if _kind(other) != _kind(value)]
    own = [name for name in value if name != "name" and any(_lacks(other, name) for other in others)]
    return own[0] if len(own) == 1 else None


def _lacks(value: Any, name: str) -> bool:
    return not isinstance(value, Mapping) or name not in value


def _child_names(values: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(name for value in values for name in _children(value)))


def _children(value: Any) -> Mapping[str, Any]:
    """Return the parts of a component or list; nothing of any other value."""
    if isinstance(value, Mapping):
        return value
    return {str(index): item for index, item in enumerate(value)} if isinstance(value, list) else {}


def _without_ignored(value: Any, path: str) -> Any:
    if isinstance(value, list):
        return [_without_ignored(item, f"{path}.*") for item in value]
    if not isinstance(value, Mapping):
        return value
    settings = {}
    for name, item in value.items():
        inner = f"{path}.{name}".lstrip(".")
        if inner not in _IGNORED:
            settings[name] = _without_ignored(item, inner)
    return settings
