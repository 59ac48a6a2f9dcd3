"""Where in a recipe components are chosen: walks the annotations of pydantic models beside the values."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from vidpred.contracts.base import Kind


def nodes(model: type[BaseModel], values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Kind, Any]]:
    """(path, kind, value) of every component chosen in `values`, defaults included. Values may be invalid: this finds
    places, and judges nothing."""
    for key, (kind, nested) in kinds_of(model).items():
        field = next(field for name, field in model.model_fields.items() if key in (name, field.alias))
        value = values[key] if key in values else _default(field)
        here = f"{path}.{key}" if path else key
        if nested is not None:
            yield from nodes(nested, value if isinstance(value, Mapping) else {}, here)
        elif kind is not None and get_origin(field.annotation) is tuple:
            yield from ((f"{here}.{place}", kind, item) for place, item in enumerate(value if isinstance(value, list | tuple) else ()))
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


def _arguments(annotation: Any) -> list[Any]:
    return [item for argument in get_args(annotation) for item in getattr(argument, "__metadata__", ())]


def _kind(items: Iterable[Any]) -> Kind | None:
    return next((item for item in items if isinstance(item, Kind)), None)


def _default(field: FieldInfo) -> Any:
    default = None if field.is_required() else field.get_default(call_default_factory=True, validated_data={})
    return default.model_dump(by_alias=True) if isinstance(default, BaseModel) else default
