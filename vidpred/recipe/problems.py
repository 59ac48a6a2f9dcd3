"""pydantic's errors in the words of a recipe: where, what, the nearest valid choice."""
from __future__ import annotations

from collections.abc import Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from vidpred.contracts.base import Node
from vidpred.errors import did_you_mean


def problems(error: ValidationError, model: type[BaseModel], path: str = "", owner: str = "") -> list[str]:
    """One line for each problem; `owner` is the component whose settings these are."""
    lines = []
    for detail in error.errors(include_url=False):
        keys, holder = _place(model, detail["loc"])
        where = ".".join([*([path] if path else []), *keys]) or "recipe"
        lines.append(f"{where}: {_what(detail, keys, holder, owner)}")
    return list(dict.fromkeys(lines))


def _what(detail: Any, keys: Sequence[str], holder: type[BaseModel] | None, owner: str) -> str:
    kind, message = detail["type"], detail["msg"]
    if kind == "extra_forbidden":
        known = [field.alias or name for name, field in holder.model_fields.items()] if holder else []
        subject = f"{owner} has no such setting" if owner else "no such setting"
        return subject + (did_you_mean(keys[-1], known) or f"; known: {', '.join(known) or 'none'}")
    if kind == "missing":
        return "is missing"
    if kind in ("model_type", "model_attributes_type") and holder is Node:
        return f"name a component, or give a mapping with its name; got {_short(detail['input'])}"
    if kind == "union_tag_invalid":
        return f"unknown name {detail['ctx']['tag']!r}{did_you_mean(detail['ctx']['tag'], _tags(detail))}; known: {', '.join(_tags(detail))}"
    if kind == "union_tag_not_found":
        return "give a mapping with a name"
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    return f"{message[0].lower()}{message[1:]}, got {_short(detail['input'])}"


def _tags(detail: Any) -> list[str]:
    return [tag.strip().strip("'") for tag in str(detail["ctx"]["expected_tags"]).split(",")]


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
            continue                                        # a name that pydantic gave to a member of a plain union
        keys.append(str(key))
        if _is_model(inside):
            holder = inside
            inside = next((f.annotation for n, f in inside.model_fields.items() if key in (n, f.alias)), None)
        else:
            inside = next(iter(_arguments(inside)), None)
    if _is_model(inside) and inside is Node:
        holder = Node
    return keys, holder


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_field(annotation: Any, key: str) -> bool:
    return _is_model(annotation) and any(key in (name, field.alias) for name, field in annotation.model_fields.items())


def _member(annotation: Any, tag: str) -> type[BaseModel] | None:
    for argument in _arguments(annotation):
        if _is_model(argument) and "name" in argument.model_fields and argument.model_fields["name"].default == tag:
            return argument     # type: ignore[no-any-return]
    return None


def _arguments(annotation: Any) -> list[Any]:
    if get_origin(annotation) in (Union, UnionType):
        return [argument for argument in get_args(annotation) if argument is not type(None)]
    if get_origin(annotation) is Annotated:
        return _arguments(get_args(annotation)[0])
    return [get_args(a)[0] if get_origin(a) is Annotated else a for a in get_args(annotation) if a is not Ellipsis]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
