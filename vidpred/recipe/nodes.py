"""Where in a recipe components are chosen: walks the annotations of pydantic models beside the values."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from vidpred.contracts.base import Kind, SharedNode


def nodes(model: type[BaseModel], values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Kind, Any]]:
    """(path, kind, value) of every component chosen in `values`, defaults included. Values may be invalid: this finds
    places, and judges nothing."""
    for key, (kind, nested) in kinds_of(model).items():
        field = next(field for name, field in model.model_fields.items() if key in (name, field.alias))
        value = values[key] if key in values else _default(field)
        here = f"{path}.{key}" if path else key
        if nested is not None:
            yield from nodes(nested, value if isinstance(value, Mapping) else {}, here)
        elif kind is not None and (isinstance(value, list | tuple) or get_origin(field.annotation) is tuple):
            items = value if isinstance(value, list | tuple) else ()
            yield from ((f"{here}.{place}", kind, _settings(item, field)) for place, item in enumerate(items))
        elif kind is not None and value is not None:
            yield here, kind, value


def kinds_of(model: type[BaseModel]) -> dict[str, tuple[Kind | None, type[BaseModel] | None]]:
    """The fields that choose components (one, several, or optionally one), with their kind; and the fields that are
    models themselves, which may hold such fields."""
    found: dict[str, tuple[Kind | None, type[BaseModel] | None]] = {}
    for name, field in model.model_fields.items():
        kind = _kind((*field.metadata, *_arguments(field.annotation)))
        annotation = field.annotation
        nested = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
        if kind or nested:
            found[field.alias or name] = (kind, None if kind else nested)
    return found


def _settings(item: Any, field: FieldInfo) -> Any:
    """What an item of a list says to its component: its share is the recipe's."""
    shared = any(SharedNode in get_args(inner) for inner in _inside(field.annotation))
    return {key: value for key, value in item.items() if key != "share"} if shared and isinstance(item, Mapping) else item


def _inside(annotation: Any) -> Iterator[Any]:
    """An annotation and all that it is made of."""
    yield annotation
    for argument in get_args(annotation):
        yield from _inside(argument)


def _arguments(annotation: Any) -> list[Any]:
    return [item for argument in get_args(annotation) for item in getattr(argument, "__metadata__", ())]


def _kind(items: Iterable[Any]) -> Kind | None:
    return next((item for item in items if isinstance(item, Kind)), None)


def _default(field: FieldInfo) -> Any:
    default = None if field.is_required() else field.get_default(call_default_factory=True, validated_data={})
    return default.model_dump(by_alias=True) if isinstance(default, BaseModel) else default
