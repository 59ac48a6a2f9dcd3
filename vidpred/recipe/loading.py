"""A recipe's file and what it `extends` as plain data, and `--set`. What the fields mean is not known here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vidpred.errors import RecipeError, VidpredError, did_you_mean
from vidpred.recipe import safe_yaml as plain

_PACKAGE = Path(__file__).resolve().parents[1]
_LONGEST_CHAIN = 20  # recipes that extend each other
_DEEPEST_KEY = 20  # names in a.b=c
_KEPT = 200  # characters of an override that a message repeats


@dataclass(frozen=True)
class Document:
    """A recipe's fields after `extends` and `--set`, not yet checked; `source` is what messages call it."""

    source: str
    fields: dict[str, Any]
    matrix: dict[str, Any] = field(default_factory=dict)


def load_recipe(recipe: str | Path, overrides: Iterable[str] = (), *, sample: bool = False) -> Document:
    """Read a recipe by path or shipped name, with everything it extends, and apply `a.b=c` overrides in their order; before
    them, if asked for, what its `sample` block changes."""
    path = find_recipe(recipe)
    fields = _extended(path, tree=path.resolve().parent, chain=())
    if sample:
        small = fields.pop("sample", {})
        fields = merge_fields(fields, small if isinstance(small, dict) else {})
    for override in overrides:
        fields = merge_fields(fields, _override(override))
    matrix = fields.pop("matrix", None) or {}
    if not isinstance(matrix, dict):
        raise RecipeError(str(recipe), [f"matrix: should be a mapping of axes, got {matrix!r:.100}"])
    return Document(str(recipe), fields, matrix)


def shipped_recipes() -> dict[str, Path]:
    """The recipes that come with vidpred, by name."""
    folders = (_PACKAGE / "_recipes", _PACKAGE.parent / "recipes")  # in a wheel, and in a checkout
    folder = next((folder for folder in folders if folder.is_dir()), folders[0])
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.yaml"))}


def find_recipe(recipe: str | Path) -> Path:
    """The file of a recipe that is given as a path or as a shipped name. Raises VidpredError."""
    path = Path(recipe)
    if os.path.isfile(path):  # unlike Path.is_file, it takes what no file can be called
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


def merge_fields(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` on top of `base`, key by key. The recipe's own name is plain text, not a component's."""
    return {**base, **{key: _merged_value(base.get(key), value) for key, value in over.items()}}


def _merged_value(base: Any, over: Any) -> Any:
    """A mapping is merged, unless it chooses another component: then it replaces the old one whole. `{"0": …}` is merged
    with the first item of a list."""
    if isinstance(base, list) and isinstance(over, dict) and over.keys() <= set(map(str, range(len(base)))):
        return [
            _merged_value(item, over[str(place)]) if str(place) in over else item for place, item in enumerate(base)
        ]
    if isinstance(base, str) and isinstance(over, dict) and over:
        base = {"name": base}  # the short form of a component
    if isinstance(base, dict) and isinstance(over, str) and "name" in base:
        over = {"name": over}
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    if over.get("name", base.get("name")) != base.get("name"):
        return over
    return merge_fields(base, over)


def _extended(path: Path, tree: Path, chain: tuple[Path, ...]) -> dict[str, Any]:
    here = path.resolve()
    if here in chain:
        circle = " -> ".join(step.name for step in (*chain[chain.index(here) :], here))
        raise RecipeError(str(path), [f"extends: goes in a circle: {circle}"])
    if len(chain) == _LONGEST_CHAIN:
        raise RecipeError(str(path), [f"extends: {_LONGEST_CHAIN} recipes extend each other, and no more can"])
    fields = _read(path)
    if "extends" not in fields:
        return fields
    parent = fields.pop("extends")
    return merge_fields(_extended(_parent(path, parent, tree), tree, (*chain, here)), fields)


def _parent(path: Path, parent: Any, tree: Path) -> Path:
    if not isinstance(parent, str):
        raise RecipeError(str(path), [f"extends: give one recipe's name or path, not {parent!r}"])
    known = shipped_recipes()
    if parent in known:
        return known[parent]
    candidate = Path(os.path.realpath(path.parent / parent))  # unlike Path.resolve, it takes links that go in a circle
    exists = os.path.isfile(candidate)
    if exists and candidate.is_relative_to(tree):
        return candidate
    why = f"{parent!r} lies outside {tree};" if exists else f"no recipe {parent!r}{did_you_mean(parent, known) or ';'}"
    raise RecipeError(
        str(path), [f"extends: {why} give a shipped recipe's name ({', '.join(known)}) or a path within {tree}"]
    )


def _read(path: Path) -> dict[str, Any]:
    """Bounded, whatever the file is: a recipe has a few thousand characters."""
    try:
        with path.open("rb") as file:
            content = file.read(plain.MAX_LENGTH + 1)
    except OSError as error:
        raise VidpredError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > plain.MAX_LENGTH:
        raise RecipeError(str(path), [f"is larger than {plain.MAX_LENGTH:,} bytes, so it is no recipe"])
    try:
        return plain.parse_mapping(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise RecipeError(str(path), [f"is not text in UTF-8 (byte {error.start}); save it as UTF-8"]) from error
    except ValueError as error:
        raise RecipeError(str(path), [str(error)]) from error


def _override(text: str) -> dict[str, Any]:
    """`a.b=c` as {a: {b: c}}, with c read as YAML."""
    path, equals, value = text.partition("=")
    keys = path.strip().split(".")
    shown = text if len(text) <= _KEPT else text[:_KEPT] + "…"
    if not equals or len(keys) > _DEEPEST_KEY or not all(key and key.isprintable() for key in keys):
        raise VidpredError(f"--set {shown}: write it as path.to.field=value, for example --set train.epochs=3")
    if keys[0] == "extends":
        raise VidpredError(f"--set {shown}: only a file can extend a recipe; write a file with this line, and run that")
    try:
        made = plain.parse_value(value)
    except ValueError as error:
        raise VidpredError(f"--set {shown}: the value cannot be read: {error}") from error
    for key in reversed(keys):
        made = {key: made}
    return dict(made)
