"""The JSON schema of a recipe with all registered components, for completion and checks in editors."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from vidpred.contracts.base import KINDS, Kind, Node
from vidpred.errors import VidpredError
from vidpred.plugins.registry import Entry, Registry
from vidpred.recipe.component_fields import ComponentField, component_fields, own_fields
from vidpred.recipe.schema import Recipe

JsonSchema = dict[str, Any]


def build_json_schema(registry: Registry) -> JsonSchema:
    """Return the JSON schema (draft 2020-12). Imports every component; those that cannot be imported are left out.

    Nothing is required: a missing field, even the name of a component, may come from the recipe that is extended.
    """
    schema = Recipe.model_json_schema(by_alias=True)
    definitions: JsonSchema = schema["$defs"]
    for kind in KINDS:
        options = [option for entry in registry.entries(kind) for option in _component(entry, registry, definitions)]
        definitions[f"{kind} component"] = {"anyOf": options} if options else {"not": {}}  # {"not": {}}: no component
    _insert_components(schema, Recipe, definitions)
    for key in ("optimizer", "scheduler"):
        schema["properties"][key] = _with_short_form(schema["properties"][key])
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "the name of a shipped recipe, or a path within the folder of the recipe",
    }
    schema["properties"]["matrix"] = {
        "type": "object",
        "description": "several runs in one recipe: axes, each a list of values of the field that it is named after, "
        "or a mapping of labels to the fields that each changes",
        "additionalProperties": {"type": ["array", "object"]},
    }
    schema.pop("required", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _component(entry: Entry, registry: Registry, definitions: JsonSchema) -> list[JsonSchema]:
    """Return the short form of a component and its mapping form; nothing if it cannot be imported."""
    try:
        config = registry.entry(entry.kind, entry.name).load().Config
    except VidpredError:
        return []
    settings = config.model_json_schema(by_alias=True)
    definitions.update(settings.pop("$defs", {}))
    _insert_components(settings, config, definitions)
    properties = {"name": {"const": entry.name}, **settings.get("properties", {})}
    mapping = {"type": "object", "description": entry.summary, "properties": properties, "additionalProperties": False}
    return [{"const": entry.name, "description": entry.summary}, mapping]


def _insert_components(schema: JsonSchema, model: type[BaseModel], definitions: JsonSchema) -> None:
    """Replace the schemas of nodes, as pydantic writes them, by the components of their kind."""
    for field in component_fields(model):
        if field.nested is not None:
            _insert_components(definitions[field.nested.__name__], field.nested, definitions)
        elif field.kind is not None:
            old = schema["properties"][field.key]
            schema["properties"][field.key] = _component_field(old, field, field.kind, definitions)


def _component_field(old: JsonSchema, field: ComponentField, kind: Kind, definitions: JsonSchema) -> JsonSchema:
    """Return the schema of a field that chooses one component, several, optionally one, or one or several."""
    classes = field.node_classes
    single = _component_of_kind(kind, classes[0], definitions)
    description = {"description": old["description"]} if "description" in old else {}
    list_form = next((option for option in old.get("oneOf", ()) if option.get("type") == "array"), None)
    if list_form is not None:
        items = _component_of_kind(kind, classes[-1], definitions)
        return {"anyOf": [single, {**list_form, "items": items}], **description}
    if old.get("type") == "array":
        return {"type": "array", "items": single, **description}
    options = [single, {"type": "null"}] if "anyOf" in old else [single]
    return {"anyOf": options, **description}


def _component_of_kind(kind: Kind, node_class: type[Node], definitions: JsonSchema) -> JsonSchema:
    definition = f"{kind.name} component"
    own = own_fields(node_class)
    if not own:
        return {"$ref": f"#/$defs/{definition}"}
    node_properties = node_class.model_json_schema()["properties"]
    own_properties = {name: node_properties[name] for name in own}
    return {"anyOf": [_with_properties(option, own_properties) for option in definitions[definition]["anyOf"]]}


def _with_properties(component: JsonSchema, properties: JsonSchema) -> JsonSchema:
    """Add properties to the mapping form of a component; the short form has none."""
    if "properties" not in component:
        return component
    return {**component, "properties": {**component["properties"], **properties}}


def _with_short_form(field: JsonSchema) -> JsonSchema:
    """Accept one of the names alone besides the mapping."""
    names = list(field["discriminator"]["mapping"])
    return {"anyOf": [{"enum": names}, *field["oneOf"]], "description": field["description"]}
