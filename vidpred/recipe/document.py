"""YAML as plain data: a safe loader, `extends`, and `--set`. What the fields mean is not known here."""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vidpred.errors import RecipeError, VidpredError, did_you_mean

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Document:
    """A recipe's fields after `extends` and `--set`, not yet checked; `source` is what messages call it."""

    source: str
    fields: dict[str, Any]


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, but duplicate keys are errors, 1e-4 is a number, and only true and false are booleans."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in ("tag:yaml.org,2002:float", "tag:yaml.org,2002:bool")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(None, None, f"a key must be a word, not {key!r}", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands here twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"(?:[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan)$"),
    list("-+.0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def load(recipe: str | Path, overrides: Iterable[str] = ()) -> Document:
    """Read a recipe by path or shipped name, with everything it extends, and apply `a.b=c` overrides in their order."""
    path = find(recipe)
    fields = _extended(path, tree=path.resolve().parent, chain=())
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
    if path.is_file():
        return path
    known = shipped()
    if str(recipe) in known:
        return known[str(recipe)]
    if path.is_dir():
        raise VidpredError(f"{recipe} is a folder; name a recipe file in it")
    raise VidpredError(
        f"no recipe {str(recipe)!r}: neither a file nor a shipped recipe{did_you_mean(path.stem, known) or ';'} "
        f"shipped: {', '.join(sorted(known)) or 'none'}")


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` on top of `base`, key by key. The recipe's own name is plain text, not a component's."""
    return {**base, **{key: _merged_value(base.get(key), value) for key, value in over.items()}}


def _merged_value(base: Any, over: Any) -> Any:
    """A mapping is merged, unless it chooses another component: then it replaces the old one whole."""
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
    if candidate.is_file() and candidate.is_relative_to(tree):
        return candidate
    outside = candidate.is_file()
    why = f"{parent!r} lies outside {tree}" if outside else f"no recipe {parent!r}{did_you_mean(parent, known)}"
    raise RecipeError(str(path), [f"extends: {why}; give a shipped recipe's name ({', '.join(known)}) or a path within {tree}"])


def _read(path: Path) -> dict[str, Any]:
    try:
        value = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)     # noqa: S506 (a subclass of SafeLoader)
    except OSError as error:
        raise VidpredError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RecipeError(str(path), ["is not text in UTF-8"]) from error
    except yaml.YAMLError as error:
        raise RecipeError(str(path), [_yaml_problem(error)]) from error
    if not isinstance(value, dict):
        found = "empty" if value is None else f"a {type(value).__name__}"
        raise RecipeError(str(path), [f"a recipe is a mapping (`key: value` lines), but this is {found}"])
    return value


def _override(text: str) -> dict[str, Any]:
    """`a.b=c` as {a: {b: c}}, with c read as YAML."""
    path, equals, value = text.partition("=")
    keys = path.strip().split(".")
    if not equals or not all(keys):
        raise VidpredError(f"--set {text}: write it as path.to.field=value, for example --set train.epochs=3")
    try:
        made = yaml.load(value, Loader=_Loader)     # noqa: S506 (a subclass of SafeLoader)
    except yaml.YAMLError as error:
        raise VidpredError(f"--set {text}: the value is not YAML: {_yaml_problem(error)}") from error
    for key in reversed(keys):
        made = {key: made}
    return dict(made)


def _yaml_problem(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return where + (getattr(error, "problem", None) or str(error))
