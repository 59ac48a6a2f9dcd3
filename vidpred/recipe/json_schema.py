"""The JSON schema of a recipe with all registered components, for editors: completion and checking while typing."""

from __future__ import annotations

from typing import Any

from vidpred.contracts.base import KINDS, Kind, Node
from vidpred.errors import VidpredError
from vidpred.plugins.registry import Entry, Registry
from vidpred.recipe.component_fields import component_fields, node_classes, own_fields
from vidpred.recipe.schema import Recipe


def build_json_schema(registry: Registry) -> dict[str, Any]:
    """JSON schema (draft 2020-12). Loads every registered component; those that cannot be loaded are left out.

    Nothing is required: what is missing in a file, a component's name too, may come from the recipe that it extends.
    """
    schema = Recipe.model_json_schema(by_alias=True)
    definitions: dict[str, Any] = schema["$defs"]
    for kind in KINDS:
        options = [option for entry in registry.entries(kind) for option in _options(entry, registry, definitions)]
        definitions[f"{kind} component"] = {"anyOf": options} if options else {"not": {}}  # no plugin has one
    _point_at_kinds(schema, Recipe, definitions)
    for key in ("optimizer", "scheduler"):
        schema["properties"][key] = _with_short_form(schema["properties"][key])
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "a shipped recipe's name, or a path within the recipe's own tree",
    }
    schema["properties"]["matrix"] = {
        "type": "object",
        "description": "several runs in one recipe: axes, each a list of values of the field that it is called for, or labels "
        "and the fields that each changes",
        "additionalProperties": {"type": ["array", "object"]},
    }
    schema.pop("required", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _at(place: type[Node], option: dict[str, Any]) -> dict[str, Any]:
    """A component with the fields that such a place has of its own."""
    own = {name: place.model_json_schema()["properties"][name] for name in own_fields(place)}
    return {**option, "properties": {**option["properties"], **own}} if "properties" in option else option


def _with_short_form(field: dict[str, Any]) -> dict[str, Any]:
    """A choice among fixed names, as a mapping or by name alone."""
    names = list(field["discriminator"]["mapping"])
    return {"anyOf": [{"enum": names}, *field["oneOf"]], "description": field["description"]}


def _options(entry: Entry, registry: Registry, definitions: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        config = registry.entry(entry.kind, entry.name).load().Config
    except VidpredError:
        return []
    settings = config.model_json_schema(by_alias=True)
    definitions.update(settings.pop("$defs", {}))
    _point_at_kinds(settings, config, definitions)
    properties = {"name": {"const": entry.name}, **settings.get("properties", {})}
    mapping = {"type": "object", "description": entry.summary, "properties": properties, "additionalProperties": False}
    return [{"const": entry.name, "description": entry.summary}, mapping]


def _point_at_kinds(schema: dict[str, Any], model: Any, definitions: dict[str, Any]) -> None:
    """Replace what pydantic says of a node by the components of its kind."""
    annotations = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    for key, (kind, nested) in component_fields(model).items():
        field = schema["properties"][key]
        if nested is not None:
            _point_at_kinds(definitions[nested.__name__], nested, definitions)
        elif kind is not None:
            schema["properties"][key] = _of_kind(field, kind, node_classes(annotations[key]), definitions)


def _of_kind(
    field: dict[str, Any], kind: Kind, places: list[type[Node]], definitions: dict[str, Any]
) -> dict[str, Any]:
    def at(place: type[Node]) -> dict[str, Any]:
        component = f"{kind.name} component"
        if not own_fields(place):
            return {"$ref": f"#/$defs/{component}"}
        return {"anyOf": [_at(place, option) for option in definitions[component]["anyOf"]]}

    reference = at(places[0])
    described = {"description": field["description"]} if "description" in field else {}
    listed = next((option for option in field.get("oneOf", ()) if option.get("type") == "array"), None)
    if listed is not None:
        return {"anyOf": [reference, {**listed, "items": at(places[-1])}], **described}
    if field.get("type") == "array":
        return {"type": "array", "items": reference, **described}
    options = [reference, {"type": "null"}] if "anyOf" in field else [reference]
    return {"anyOf": options, **described}
