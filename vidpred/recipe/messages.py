"""pydantic's errors in the words of a recipe: where, what, the nearest valid choice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from vidpred.contracts.base import DataNode, Node, SharedDataNode
from vidpred.errors import did_you_mean, unknown

_SHOULD_BE = {  # pydantic's kinds of errors, in the words of YAML
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "text",
    "path_type": "a path",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list in [brackets]",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def describe_errors(
    error: ValidationError, model: type[BaseModel], path: str = "", owner: str = "", elsewhere: Sequence[str] = ()
) -> list[str]:
    """One line for each field that has a problem. `owner` is the component whose settings these are; `elsewhere` are
    fields that are known, but not to the model."""
    found: dict[str, list[str]] = {}
    got: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        keys, holder = _place(model, detail["loc"])
        kind = detail["type"]
        where = (
            ".".join([*([path] if path else []), *keys, *(["name"] if kind == "union_tag_invalid" else [])]) or "recipe"
        )
        if kind == "extra_forbidden":
            what = _stranger(keys[-1], holder, owner, elsewhere if len(keys) == 1 else ())
        elif kind in ("missing", "value_error", "union_tag_invalid"):
            what = _statement(detail, keys)
        else:
            what, got[where] = _expectation(detail, keys, holder), f", got {_short(detail['input'])}"
        found.setdefault(where, []).append(what)
    return [f"{where}: {_alternatives(whats)}{got.get(where, '')}" for where, whats in found.items()]


def _stranger(key: str, holder: type[BaseModel] | None, owner: str, elsewhere: Sequence[str]) -> str:
    known = [*([field.alias or name for name, field in holder.model_fields.items()] if holder else []), *elsewhere]
    return (f"{owner} has no such setting" if owner else "no such setting") + (
        did_you_mean(key, known) or f"; known: {', '.join(known) or 'none'}"
    )


def _statement(detail: Any, keys: Sequence[str]) -> str:
    """What is wrong, where the value that was given tells nothing more."""
    if detail["type"] == "missing":
        return "is missing"
    if detail["type"] == "union_tag_invalid":
        tags = [tag.strip().strip("'") for tag in str(detail["ctx"]["expected_tags"]).split(",")]
        return unknown(keys[-1], str(detail["ctx"]["tag"]), tags)
    return str(detail["ctx"]["error"])


def _expectation(detail: Any, keys: Sequence[str], holder: type[BaseModel] | None) -> str:
    """`should be ...`"""
    kind = detail["type"]
    if detail.get("ctx", {}).get("class_name") in [place.__name__ for place in (Node, DataNode, SharedDataNode)]:
        return "should be a component's name, or a mapping with its name and settings"
    if kind == "string_pattern_mismatch" and holder:  # a pattern says little; the field's description says it in words
        return f"should be {next(f.description for n, f in holder.model_fields.items() if keys[-1] in (n, f.alias))}"
    if kind in _SHOULD_BE:
        return f"should be {_SHOULD_BE[kind]}"
    return re.sub(r"^\w+ should ", "should ", detail["msg"]).replace(" after validation", "")


def _alternatives(expectations: Sequence[str]) -> str:
    """A field that may be one thing or another has as many complaints: `should be 'auto' or a whole number`."""
    first, *others = dict.fromkeys(expectations)
    return " or ".join([first, *(other.removeprefix("should be ") for other in others)])


def _place(model: type[BaseModel], location: Sequence[int | str]) -> tuple[list[str], type[BaseModel] | None]:
    """The keys as a user wrote them (pydantic adds the names of union members), and the model that holds the last."""
    keys: list[str] = []
    holder: type[BaseModel] | None = model
    inside: Any = model
    for place, key in enumerate(location):
        member = _member(inside, str(key))
        if member is not None and not _is_field(inside, str(key)):
            inside = member
            continue
        if place and not isinstance(key, int) and not _is_model(inside):
            continue  # a name that pydantic gave to a member of a plain union
        keys.append(str(key))
        if _is_model(inside):
            holder = inside
            inside = next((f.annotation for n, f in inside.model_fields.items() if key in (n, f.alias)), None)
        else:
            inside = next(iter(_arguments(inside)), None)
    return keys, holder


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_field(annotation: Any, key: str) -> bool:
    return _is_model(annotation) and any(key in (name, field.alias) for name, field in annotation.model_fields.items())


def _member(annotation: Any, tag: str) -> Any:
    """What a union has under this tag: a model of this name, or what is marked with it."""
    for argument in get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ():
        if get_origin(argument) is Annotated and any(
            isinstance(mark, Tag) and mark.tag == tag for mark in get_args(argument)[1:]
        ):
            return get_args(argument)[0]
    for argument in _arguments(annotation):
        if _is_model(argument) and "name" in argument.model_fields and argument.model_fields["name"].default == tag:
            return argument
    return None


def _arguments(annotation: Any) -> list[Any]:
    if get_origin(annotation) in (Union, UnionType):
        return [argument for argument in get_args(annotation) if argument is not type(None)]
    if get_origin(annotation) is Annotated:
        return _arguments(get_args(annotation)[0])
    return [get_args(a)[0] if get_origin(a) is Annotated else a for a in get_args(annotation) if a is not Ellipsis]


def _short(value: Any) -> str:
    text = {"None": "null", "True": "true", "False": "false"}.get(repr(value), repr(value))  # as YAML has them
    return text if len(text) <= 60 else text[:57] + "..."
