"""Where in a recipe components are chosen: walks the annotations of pydantic models beside the values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from vidpred.contracts.base import Kind, Node


def chosen_nodes(model: type[BaseModel], values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Kind, Any]]:
    """(path, kind, value) of every component chosen in `values`, defaults included. Values may be invalid: this finds
    places, and judges nothing."""
    for key, (kind, nested) in component_fields(model).items():
        field = next(field for name, field in model.model_fields.items() if key in (name, field.alias))
        value = values[key] if key in values else _default(field)
        here = f"{path}.{key}" if path else key
        if nested is not None:
            yield from chosen_nodes(nested, value if isinstance(value, Mapping) else {}, here)
        elif kind is not None and (isinstance(value, list | tuple) or get_origin(field.annotation) is tuple):
            items = value if isinstance(value, list | tuple) else ()
            yield from (
                (f"{here}.{place}", kind, _settings(item, node_classes(field.annotation)[-1]))
                for place, item in enumerate(items)
            )
        elif kind is not None and value is not None:
            yield here, kind, _settings(value, node_classes(field.annotation)[0])


def component_fields(model: type[BaseModel]) -> dict[str, tuple[Kind | None, type[BaseModel] | None]]:
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


def node_classes(annotation: Any) -> list[type[Node]]:
    """The kinds of places that an annotation speaks of: where one component is chosen, then where several are."""
    return [inner for inner in _inside(annotation) if isinstance(inner, type) and issubclass(inner, Node)]


def _settings(value: Any, place: type[Node]) -> Any:
    """What is said to the component there: the fields of the place itself, as a data set's share, are the recipe's."""
    return (
        {key: item for key, item in value.items() if key not in own_fields(place)}
        if isinstance(value, Mapping)
        else value
    )


def own_fields(place: type[Node]) -> list[str]:
    """What a recipe says at such a place that is not for the component."""
    return [name for name in place.model_fields if name != "name"]


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
