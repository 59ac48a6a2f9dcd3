"""Validation errors of pydantic in the terms of a recipe: the field, what is wrong, the nearest valid choice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from vidpred.contracts.base import DataNode, Node, SharedDataNode
from vidpred.errors import did_you_mean, unknown

_EXPECTED = {  # type of a pydantic error -> what YAML calls the expected value
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
_NODE_CLASSES = [node_class.__name__ for node_class in (Node, DataNode, SharedDataNode)]
_LONGEST_VALUE = 60  # characters of a value that a message repeats


class _Location(NamedTuple):
    """A field as the user wrote it: its keys, and the pydantic model that has the last key as a field."""

    keys: list[str]
    model: type[BaseModel]


def describe_errors(
    error: ValidationError, model: type[BaseModel], path: str = "", owner: str = "", known_elsewhere: Sequence[str] = ()
) -> list[str]:
    """Return one line per field with a problem: `path.to.field: what is wrong`.

    `path` is where `model` is in the recipe, `owner` the component whose settings it describes. `known_elsewhere` are
    fields that a recipe may have although the model has not.
    """
    reasons: dict[str, list[str]] = {}
    values: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        location = _locate(model, detail["loc"])
        keys, kind = location.keys, detail["type"]
        tag_key = ["name"] if kind == "union_tag_invalid" else []
        field = ".".join([*([path] if path else []), *keys, *tag_key]) or "recipe"
        if kind == "extra_forbidden":
            reason = _unknown_field(location, owner, known_elsewhere if len(keys) == 1 else ())
        elif kind in ("missing", "value_error", "union_tag_invalid"):
            reason = _statement(detail, keys)
        else:
            reason = _expectation(detail, location)
            values[field] = f", got {_short(detail['input'])}"
        reasons.setdefault(field, []).append(reason)
    return [f"{field}: {_alternatives(whys)}{values.get(field, '')}" for field, whys in reasons.items()]


def _unknown_field(location: _Location, owner: str, known_elsewhere: Sequence[str]) -> str:
    known = [*_fields_of(location.model), *known_elsewhere]
    statement = f"{owner} has no such setting" if owner else "no such setting"
    return statement + (did_you_mean(location.keys[-1], known) or f"; known: {', '.join(known) or 'none'}")


def _statement(detail: Any, keys: Sequence[str]) -> str:
    """Describe an error whose message is complete without the value."""
    if detail["type"] == "missing":
        return "is missing"
    if detail["type"] == "union_tag_invalid":
        tags = [tag.strip().strip("'") for tag in str(detail["ctx"]["expected_tags"]).split(",")]
        return unknown(keys[-1], str(detail["ctx"]["tag"]), tags)
    return str(detail["ctx"]["error"])


def _expectation(detail: Any, location: _Location) -> str:
    """Describe an error as `should be ...`; the caller adds the value."""
    kind = detail["type"]
    if detail.get("ctx", {}).get("class_name") in _NODE_CLASSES:
        return "should be a component's name, or a mapping with its name and settings"
    if kind == "string_pattern_mismatch":  # the description explains the pattern in words
        return f"should be {_fields_of(location.model)[location.keys[-1]].description}"
    if kind in _EXPECTED:
        return f"should be {_EXPECTED[kind]}"
    return re.sub(r"^\w+ should ", "should ", detail["msg"]).replace(" after validation", "")


def _alternatives(expectations: Sequence[str]) -> str:
    """Join the errors of all members of a union: `should be 'auto' or a whole number`."""
    first, *rest = dict.fromkeys(expectations)
    return " or ".join([first, *(expectation.removeprefix("should be ") for expectation in rest)])


def _short(value: Any) -> str:
    text = {"None": "null", "True": "true", "False": "false"}.get(repr(value), repr(value))  # as in YAML
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."


def _locate(model: type[BaseModel], location: Sequence[int | str]) -> _Location:
    """Convert the `loc` of a pydantic error.

    For a union, pydantic inserts the name or the tag of the member that it tried into `loc`. The annotations tell these
    apart from the keys that the user wrote.
    """
    keys: list[str] = []
    annotation: Any = model
    owner = model
    for index, key in enumerate(location):
        member = _union_member(annotation, str(key))
        if member is not None and not (_is_model(annotation) and str(key) in _fields_of(annotation)):
            annotation = member
            continue
        if index and not isinstance(key, int) and not _is_model(annotation):
            continue  # the name of a member of a union without a discriminator
        keys.append(str(key))
        if _is_model(annotation):
            owner = annotation
            info = _fields_of(annotation).get(str(key))
            annotation = info.annotation if info else None
        else:
            annotation = next(_members(annotation), None)
    return _Location(keys, owner)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _fields_of(model: type[BaseModel]) -> Mapping[str, Any]:
    """Return the fields of a model by the key that a recipe uses."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType)


def _union_member(annotation: Any, tag: str) -> Any:
    """Return the member of a union with this tag: an annotation marked with it, or a model with this `name`."""
    if _is_union(annotation):
        for argument in get_args(annotation):
            marks = get_args(argument)[1:] if get_origin(argument) is Annotated else ()
            if any(isinstance(mark, Tag) and mark.tag == tag for mark in marks):
                return get_args(argument)[0]
    for member in _members(annotation):
        if _is_model(member) and "name" in member.model_fields and member.model_fields["name"].default == tag:
            return member
    return None


def _members(annotation: Any) -> Iterator[Any]:
    """Yield the members of a union, or the items of a tuple, without their metadata."""
    if get_origin(annotation) is Annotated:
        yield from _members(get_args(annotation)[0])
    elif _is_union(annotation):
        yield from (argument for argument in get_args(annotation) if argument is not type(None))
    else:
        for argument in get_args(annotation):
            if argument is not Ellipsis:
                yield get_args(argument)[0] if get_origin(argument) is Annotated else argument
