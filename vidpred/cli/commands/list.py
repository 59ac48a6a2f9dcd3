"""vidpred list"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from vidpred.cli import console as output
from vidpred.cli.options import PluginOption, plugins_of
from vidpred.contracts.base import KINDS, Component
from vidpred.plugins.registry import Entry, Registry, kind_of


def list_components(
    kind: Annotated[str | None, typer.Argument(help="One kind: encoder, core, annealer, …")] = None,
    name: Annotated[str | None, typer.Argument(help="One component: its settings and reference.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    plugin: PluginOption = None,
) -> None:
    """List all components, those of one kind, or the settings of one."""
    registry = plugins_of(plugin).registry
    chosen = kind_of(kind).name if kind else None
    if chosen and name:
        _one(registry.entry(chosen, name), json)
    else:
        _many(registry, chosen, json)


def _many(registry: Registry, kind: str | None, json: bool) -> None:
    entries = registry.entries(kind)
    if json:
        output.as_json([{"kind": e.kind, "name": e.name, "plugin": e.plugin, "summary": e.summary} for e in entries])
        return
    for found in [kind] if kind else dict.fromkeys(entry.kind for entry in entries):
        rows = [[e.name, e.plugin, e.summary] for e in entries if e.kind == found]
        output.table(f"{KINDS[found].plural} ({found})", ["name", "plugin", "what it is"], rows)
        output.text()
    output.text(
        "Settings of one: vidpred list KIND NAME"
        + (f", for example vidpred list {entries[0].kind} {entries[0].name}" if entries else "")
    )


def _one(entry: Entry, json: bool) -> None:
    component = entry.load()
    settings = settings_of(component)
    documentation = (component.__doc__ or "").strip()
    if json:
        output.as_json(
            {
                "kind": entry.kind,
                "name": entry.name,
                "plugin": entry.plugin,
                "summary": entry.summary,
                "reference": component.reference,
                "settings": settings,
            }
        )
        return
    output.text(f"{entry.kind} {entry.name}, of plugin {entry.plugin}")
    for paragraph in documentation.split("\n\n"):
        output.flowing(" ".join(paragraph.split()), indent=0)
    if component.reference:
        output.text(f"Reference: {component.reference}")
    output.text()
    rows = [[s["name"], s["type"], s["default"], s["bounds"], s["description"]] for s in settings]
    if rows:
        output.table("Settings", ["name", "type", "default", "bounds", "what it does"], rows)
    else:
        output.text("It has no settings.")


_BOUNDS = {"exclusiveMinimum": "> {}", "minimum": ">= {}", "exclusiveMaximum": "< {}", "maximum": "<= {}"}


def settings_of(component: type[Component]) -> list[dict[str, Any]]:
    """Name, type, default, bounds and description of every setting, in words."""
    schema = component.Config.model_json_schema()
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "type": _type(field),
            "default": "required" if name in required else _plain(field.get("default")),
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
    names = {"number": "number", "integer": "whole number", "boolean": "true | false", "string": "text", "null": "null"}
    return "path" if field.get("format") == "path" else names.get(str(field.get("type")), str(field.get("type", "any")))


def _bounds(field: dict[str, Any]) -> list[str]:
    own = [words.format(f"{field[key]:g}") for key, words in _BOUNDS.items() if key in field]
    return own + [bound for option in field.get("anyOf", []) for bound in _bounds(option)]


def _plain(value: Any) -> str:
    """As YAML has it."""
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)
