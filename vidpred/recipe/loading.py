"""Loading of recipe files as plain data: `extends`, the `sample` block, and `--set`. Validates no fields."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vidpred.errors import RecipeError, VidpredError, did_you_mean
from vidpred.recipe import safe_yaml

_PACKAGE = Path(__file__).resolve().parents[1]
_MAX_CHAIN = 20  # recipes that extend each other
_MAX_KEYS = 20  # keys in a.b=c
_MAX_SHOWN = 200  # characters of an override that a message repeats


@dataclass(frozen=True)
class Document:
    """The fields of a recipe after `extends` and `--set`, not yet validated. `source` is its name in messages."""

    source: str
    fields: dict[str, Any]
    matrix: dict[str, Any] = field(default_factory=dict)


def load_recipe(recipe: str | Path, overrides: Iterable[str] = (), *, sample: bool = False) -> Document:
    """Load a recipe by path or shipped name, with every recipe that it extends, and apply `a.b=c` overrides in order.

    With `sample`, the changes of its `sample` block are applied before the overrides. Raises VidpredError.
    """
    path = find_recipe(recipe)
    fields = _load_extended(path, tree=path.resolve().parent, chain=())
    if sample:
        block = fields.pop("sample", {})
        fields = merge_fields(fields, block if isinstance(block, dict) else {})
    for override in overrides:
        fields = merge_fields(fields, _parse_override(override))
    matrix = fields.pop("matrix", None) or {}
    if not isinstance(matrix, dict):
        raise RecipeError(str(recipe), [f"matrix: should be a mapping of axes, got {matrix!r:.100}"])
    return Document(str(recipe), fields, matrix)


def shipped_recipes() -> dict[str, Path]:
    """Return the files of the recipes that come with vidpred, by name."""
    folders = (_PACKAGE / "_recipes", _PACKAGE.parent / "recipes")  # in a wheel, and in a checkout
    folder = next((folder for folder in folders if folder.is_dir()), folders[0])
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.yaml"))}


def find_recipe(recipe: str | Path) -> Path:
    """Return the file of a recipe given by path or by shipped name. Raises VidpredError if it does not exist."""
    path = Path(recipe)
    if os.path.isfile(path):  # unlike Path.is_file, it accepts impossible file names
        return path
    known = shipped_recipes()
    if str(recipe) in known:
        return known[str(recipe)]
    if os.path.isdir(path):
        raise VidpredError(f"{path} is a folder; name a recipe file in it")
    raise VidpredError(
        f"no recipe {str(recipe)!r}: neither a file nor a shipped recipe{did_you_mean(path.stem, known) or ';'} "
        f"shipped: {', '.join(sorted(known)) or 'none'}"
    )


def merge_fields(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `changes` merged into it, key by key. The `name` of a recipe is replaced like any value."""
    return {**base, **{key: _merge_value(base.get(key), value) for key, value in changes.items()}}


def _merge_value(base: Any, change: Any) -> Any:
    """Merge a mapping, unless it chooses another component, which replaces the previous one with all its settings.

    A mapping of indices, `{"0": ...}`, is merged into the items of a list.
    """
    if isinstance(base, list) and isinstance(change, dict) and change.keys() <= set(map(str, range(len(base)))):
        items = list(base)
        for index, item_change in change.items():
            items[int(index)] = _merge_value(items[int(index)], item_change)
        return items
    if isinstance(base, str) and isinstance(change, dict) and change:
        base = {"name": base}  # the short form of a component
    if isinstance(base, dict) and isinstance(change, str) and "name" in base:
        change = {"name": change}
    if not (isinstance(base, dict) and isinstance(change, dict)):
        return change
    if change.get("name", base.get("name")) != base.get("name"):
        return change
    return merge_fields(base, change)


def _load_extended(path: Path, tree: Path, chain: tuple[Path, ...]) -> dict[str, Any]:
    """Load a recipe with its parents. `tree` is the folder that parents must be in, `chain` its children."""
    resolved = path.resolve()
    if resolved in chain:
        circle = " -> ".join(recipe.name for recipe in (*chain[chain.index(resolved) :], resolved))
        raise RecipeError(str(path), [f"extends: recipes extend each other in a circle: {circle}"])
    if len(chain) == _MAX_CHAIN:
        raise RecipeError(str(path), [f"extends: {_MAX_CHAIN} recipes extend each other, which is the most"])
    fields = _read(path)
    if "extends" not in fields:
        return fields
    parent = fields.pop("extends")
    return merge_fields(_load_extended(_find_parent(path, parent, tree), tree, (*chain, resolved)), fields)


def _find_parent(path: Path, parent: Any, tree: Path) -> Path:
    """Return the file that `extends` names: a shipped recipe, or a file in `tree`."""
    if not isinstance(parent, str):
        raise RecipeError(str(path), [f"extends: give the name or the path of one recipe, not {parent!r}"])
    known = shipped_recipes()
    if parent in known:
        return known[parent]
    candidate = Path(os.path.realpath(path.parent / parent))  # unlike Path.resolve, it accepts circular links
    exists = os.path.isfile(candidate)
    if exists and candidate.is_relative_to(tree):
        return candidate
    reason = (
        f"{parent!r} lies outside {tree};" if exists else f"no recipe {parent!r}{did_you_mean(parent, known) or ';'}"
    )
    raise RecipeError(
        str(path), [f"extends: {reason} give a shipped recipe's name ({', '.join(known)}) or a path within {tree}"]
    )


def _read(path: Path) -> dict[str, Any]:
    """Read a file, bounded in size whatever it is (a device, say), and parse it."""
    try:
        with path.open("rb") as file:
            content = file.read(safe_yaml.MAX_LENGTH + 1)
    except OSError as error:
        raise VidpredError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > safe_yaml.MAX_LENGTH:
        raise RecipeError(str(path), [f"is larger than {safe_yaml.MAX_LENGTH:,} bytes, so it is not a recipe"])
    try:
        return safe_yaml.parse_mapping(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise RecipeError(str(path), [f"is not UTF-8 text (byte {error.start}); save it as UTF-8"]) from error
    except ValueError as error:
        raise RecipeError(str(path), [str(error)]) from error


def _parse_override(text: str) -> dict[str, Any]:
    """Parse `a.b=c` as {a: {b: c}}, where c is YAML."""
    path, equals, value = text.partition("=")
    keys = path.strip().split(".")
    shown = text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"
    if not equals or len(keys) > _MAX_KEYS or not all(key and key.isprintable() for key in keys):
        raise VidpredError(f"--set {shown}: write it as path.to.field=value, for example --set train.epochs=3")
    if keys[0] == "extends":
        raise VidpredError(
            f"--set {shown}: only a file can extend a recipe; write a recipe file with this line, and run it"
        )
    try:
        parsed = safe_yaml.parse_value(value)
    except ValueError as error:
        raise VidpredError(f"--set {shown}: the value cannot be read: {error}") from error
    for key in reversed(keys):
        parsed = {key: parsed}
    return dict(parsed)
