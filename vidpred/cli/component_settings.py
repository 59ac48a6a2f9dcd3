"""The settings of a component in words: type, default, bounds and description, from the JSON schema of its Config."""

from __future__ import annotations

from typing import Any, TypedDict

from vidpred.contracts.base import Component

_BOUNDS = {"exclusiveMinimum": "> {}", "minimum": ">= {}", "exclusiveMaximum": "< {}", "maximum": "<= {}"}
_TYPES = {"number": "number", "integer": "whole number", "boolean": "true | false", "string": "text", "null": "null"}


class ComponentSetting(TypedDict):
    """One setting in words."""

    name: str
    type: str
    default: str
    bounds: str
    description: str


def component_settings(component: type[Component]) -> list[ComponentSetting]:
    """Describe every setting of a component."""
    schema = component.Config.model_json_schema()
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "type": _type(field),
            "default": "required" if name in required else _as_yaml(field.get("default")),
            "bounds": ", ".join(_bounds(field)),
            "description": field.get("description", ""),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _type(field: dict[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_type(option) for option in field["anyOf"])
    if "enum" in field or "const" in field:
        return " | ".join(map(str, field.get("enum", [field.get("const")])))
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}" if "items" in field else "list"
    if "$ref" in field:
        return "component"
    if field.get("format") == "path":
        return "path"
    name = str(field.get("type", "any"))
    return _TYPES.get(name, name)


def _bounds(field: dict[str, Any]) -> list[str]:
    bounds = [text.format(f"{field[key]:g}") for key, text in _BOUNDS.items() if key in field]
    for option in field.get("anyOf", []):
        bounds += _bounds(option)
    return bounds


def _as_yaml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_as_yaml, value))}]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
