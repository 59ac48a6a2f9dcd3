"""The fields of a recipe that choose components, from the annotations of its models. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from vidpred.contracts.base import Kind, Node


class ComponentField(NamedTuple):
    """A field of a model that chooses components of a kind, or that holds a nested model with such fields."""

    key: str  # as written in a recipe
    info: FieldInfo
    kind: Kind | None
    nested: type[BaseModel] | None

    @property
    def node_classes(self) -> list[type[Node]]:
        """The node classes in the annotation: of a single component first, then of the items of a list."""
        annotations = _nested_annotations(self.info.annotation)
        return [item for item in annotations if isinstance(item, type) and issubclass(item, Node)]

    @property
    def is_list(self) -> bool:
        return get_origin(self.info.annotation) is tuple


class ChosenNode(NamedTuple):
    """A component that a recipe chooses at a path: `value` is its name, or a mapping of its name and settings."""

    path: str
    kind: Kind
    value: Any


def component_fields(model: type[BaseModel]) -> list[ComponentField]:
    """Return the fields of a model that choose components, and its nested models."""
    fields = []
    for name, info in model.model_fields.items():
        kind = _kind(info)
        nested = None if kind else _as_model(info.annotation)
        if kind or nested:
            fields.append(ComponentField(info.alias or name, info, kind, nested))
    return fields


def chosen_nodes(model: type[BaseModel], values: Mapping[str, Any], path: str = "") -> Iterator[ChosenNode]:
    """Yield every component that is chosen in `values`, defaults included. The values are not validated."""
    for field in component_fields(model):
        value = values[field.key] if field.key in values else _default(field.info)
        field_path = f"{path}.{field.key}" if path else field.key
        if field.nested is not None:
            yield from chosen_nodes(field.nested, value if isinstance(value, Mapping) else {}, field_path)
        elif field.kind is not None:
            yield from _chosen_in(field, field.kind, value, field_path)


def _chosen_in(field: ComponentField, kind: Kind, value: Any, path: str) -> Iterator[ChosenNode]:
    classes = field.node_classes
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield ChosenNode(f"{path}.{index}", kind, _without_own_fields(item, classes[-1]))
    elif value is not None and not field.is_list:
        yield ChosenNode(path, kind, _without_own_fields(value, classes[0]))


def own_fields(node_class: type[Node]) -> list[str]:
    """Return the fields of a node that belong to the recipe, such as `share`, and not to the component."""
    return [name for name in node_class.model_fields if name != "name"]


def _without_own_fields(value: Any, node_class: type[Node]) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {key: item for key, item in value.items() if key not in own_fields(node_class)}


def _as_model(annotation: Any) -> type[BaseModel] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _kind(info: FieldInfo) -> Kind | None:
    """Return the kind in the metadata of a field, or of one of the alternatives of its annotation."""
    metadata = list(info.metadata)
    for argument in get_args(info.annotation):
        metadata += getattr(argument, "__metadata__", ())
    return next((item for item in metadata if isinstance(item, Kind)), None)


def _nested_annotations(annotation: Any) -> Iterator[Any]:
    """Yield an annotation and, recursively, its arguments."""
    yield annotation
    for argument in get_args(annotation):
        yield from _nested_annotations(argument)


def _default(info: FieldInfo) -> Any:
    default = None if info.is_required() else info.get_default(call_default_factory=True, validated_data={})
    return default.model_dump(by_alias=True) if isinstance(default, BaseModel) else default
