"""YAML as plain data: a safe loader, `extends`, and `--set`. What the fields mean is not known here."""
from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vidpred.errors import RecipeError, VidpredError, did_you_mean

_PACKAGE = Path(__file__).resolve().parents[1]
_FLOAT, _BOOL, _TIMESTAMP, _MERGE = (f"tag:yaml.org,2002:{name}" for name in ("float", "bool", "timestamp", "merge"))


@dataclass(frozen=True)
class Document:
    """A recipe's fields after `extends` and `--set`, not yet checked; `source` is what messages call it."""

    source: str
    fields: dict[str, Any]


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, but duplicate keys are errors, 1e-4 is a number, only true and false are booleans, and a date
    is plain text."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in (_FLOAT, _BOOL, _TIMESTAMP)]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """PyYAML lets Python's own errors out where a value does not fit its tag: `!!int three`."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, AttributeError, KeyError, TypeError) as error:
            raise yaml.constructor.ConstructorError(None, None, f"{node.value!r} is no {_short(node.tag)}", node.start_mark) from error

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(None, None, f"a key must be a word, not {key!r}", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands here twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _refuse(loader: _Loader, node: yaml.Node) -> Any:
    raise yaml.constructor.ConstructorError(None, None, f"the tag {_short(node.tag)} is refused: a recipe is plain data", node.start_mark)


_Loader.add_constructor(None, _refuse)
_Loader.add_implicit_resolver(
    _FLOAT, re.compile(r"(?:[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan)$"),
    list("-+.0123456789"))
_Loader.add_implicit_resolver(_BOOL, re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def load(recipe: str | Path, overrides: Iterable[str] = (), *, sample: bool = False) -> Document:
    """Read a recipe by path or shipped name, with everything it extends, and apply `a.b=c` overrides in their order; before
    them, if asked for, what its `sample` block changes."""
    path = find(recipe)
    fields = _extended(path, tree=path.resolve().parent, chain=())
    if sample:
        small = fields.pop("sample", {})
        fields = merged(fields, small if isinstance(small, dict) else {})
    for override in overrides:
        fields = merged(fields, _override(override))
    return Document(str(recipe), fields)


def shipped() -> dict[str, Path]:
    """The recipes that come with vidpred, by name."""
    folders = (_PACKAGE / "_recipes", _PACKAGE.parent / "recipes")      # in a wheel, and in a checkout
    folder = next((folder for folder in folders if folder.is_dir()), folders[0])
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.yaml"))}


def find(recipe: str | Path) -> Path:
    """The file of a recipe that is given as a path or as a shipped name. Raises VidpredError."""
    path = Path(recipe)
    if os.path.isfile(path):            # unlike Path.is_file, it takes what no file can be called
        return path
    known = shipped()
    if str(recipe) in known:
        return known[str(recipe)]
    if os.path.isdir(path):
        raise VidpredError(f"{path} is a folder; name a recipe file in it")
    raise VidpredError(
        f"no recipe {str(recipe)!r}: neither a file nor a shipped recipe{did_you_mean(path.stem, known) or ';'} "
        f"shipped: {', '.join(sorted(known)) or 'none'}")


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` on top of `base`, key by key. The recipe's own name is plain text, not a component's."""
    return {**base, **{key: _merged_value(base.get(key), value) for key, value in over.items()}}


def _merged_value(base: Any, over: Any) -> Any:
    """A mapping is merged, unless it chooses another component: then it replaces the old one whole. `{"0": …}` is merged
    with the first item of a list."""
    if isinstance(base, list) and isinstance(over, dict) and over.keys() <= set(map(str, range(len(base)))):
        return [_merged_value(item, over[str(place)]) if str(place) in over else item for place, item in enumerate(base)]
    if isinstance(base, str) and isinstance(over, dict) and over:
        base = {"name": base}                              # the short form of a component
    if isinstance(base, dict) and isinstance(over, str) and "name" in base:
        over = {"name": over}
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    if over.get("name", base.get("name")) != base.get("name"):
        return over
    return merged(base, over)


def _extended(path: Path, tree: Path, chain: tuple[Path, ...]) -> dict[str, Any]:
    here = path.resolve()
    if here in chain:
        circle = " -> ".join(step.name for step in (*chain[chain.index(here):], here))
        raise RecipeError(str(path), [f"extends: goes in a circle: {circle}"])
    fields = _read(path)
    if "extends" not in fields:
        return fields
    parent = fields.pop("extends")
    return merged(_extended(_parent(path, parent, tree), tree, (*chain, here)), fields)


def _parent(path: Path, parent: Any, tree: Path) -> Path:
    if not isinstance(parent, str):
        raise RecipeError(str(path), [f"extends: give one recipe's name or path, not {parent!r}"])
    known = shipped()
    if parent in known:
        return known[parent]
    candidate = (path.parent / parent).resolve()
    exists = os.path.isfile(candidate)
    if exists and candidate.is_relative_to(tree):
        return candidate
    why = f"{parent!r} lies outside {tree};" if exists else f"no recipe {parent!r}{did_you_mean(parent, known) or ';'}"
    raise RecipeError(str(path), [f"extends: {why} give a shipped recipe's name ({', '.join(known)}) or a path within {tree}"])


def _read(path: Path) -> dict[str, Any]:
    try:
        value = _parsed(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise VidpredError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RecipeError(str(path), [f"is not text in UTF-8 (byte {error.start}); save it as UTF-8"]) from error
    except ValueError as error:
        raise RecipeError(str(path), [str(error)]) from error
    if not isinstance(value, dict):
        found = "empty" if value is None else "a list" if isinstance(value, list) else f"one value, {value!r}"
        raise RecipeError(str(path), [f"a recipe is a mapping (`key: value` lines), but this is {found}"])
    return value


def _override(text: str) -> dict[str, Any]:
    """`a.b=c` as {a: {b: c}}, with c read as YAML."""
    path, equals, value = text.partition("=")
    keys = path.strip().split(".")
    if not equals or not all(keys):
        raise VidpredError(f"--set {text}: write it as path.to.field=value, for example --set train.epochs=3")
    if keys[0] == "extends":
        raise VidpredError(f"--set {text}: only a file can extend a recipe; write a file with this line, and run that")
    try:
        made = _parsed(value)
    except ValueError as error:
        raise VidpredError(f"--set {text}: the value cannot be read: {error}") from error
    for key in reversed(keys):
        made = {key: made}
    return dict(made)


def _parsed(text: str) -> Any:
    """YAML as plain data. Raises ValueError, saying the line."""
    try:
        return yaml.load(text, Loader=_Loader)     # noqa: S506 (a subclass of SafeLoader)
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    except yaml.reader.ReaderError as error:
        raise ValueError(f"line {text.count(chr(10), 0, error.position) + 1}: the character U+{error.character:04X} cannot stand in YAML") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ValueError(where + ", ".join(filter(None, (error.context, error.problem)))) from error
