"""vidpred list"""

from __future__ import annotations

from typing import Annotated

import typer

from vidpred.cli import console
from vidpred.cli.component_settings import component_settings
from vidpred.cli.options import JsonOption, PluginOption, load_plugins
from vidpred.contracts.base import KINDS
from vidpred.plugins.registry import Entry, Registry, find_kind


def list_command(
    kind: Annotated[str | None, typer.Argument(help="One kind: encoder, core, annealer, …")] = None,
    name: Annotated[str | None, typer.Argument(help="One component: its settings and reference.")] = None,
    json: JsonOption = False,
    plugin: PluginOption = None,
) -> None:
    """List all components, those of one kind, or the settings of one."""
    registry = load_plugins(plugin).registry
    kind_name = find_kind(kind).name if kind else None
    if kind_name and name:
        _print_component(registry.entry(kind_name, name), json)
    else:
        _print_components(registry, kind_name, json)


def _print_components(registry: Registry, kind: str | None, json: bool) -> None:
    entries = registry.entries(kind)
    if json:
        console.print_json(
            [{"kind": e.kind, "name": e.name, "plugin": e.plugin, "summary": e.summary} for e in entries]
        )
        return
    kinds = [kind] if kind else dict.fromkeys(entry.kind for entry in entries)
    for kind_name in kinds:
        rows = [[entry.name, entry.plugin, entry.summary] for entry in entries if entry.kind == kind_name]
        console.print_table(f"{KINDS[kind_name].plural} ({kind_name})", ["name", "plugin", "what it is"], rows)
        console.print_text()
    example = f", for example vidpred list {entries[0].kind} {entries[0].name}" if entries else ""
    console.print_text(f"Settings of one: vidpred list KIND NAME{example}")


def _print_component(entry: Entry, json: bool) -> None:
    component = entry.load()
    settings = component_settings(component)
    if json:
        fields = {"kind": entry.kind, "name": entry.name, "plugin": entry.plugin, "summary": entry.summary}
        console.print_json({**fields, "reference": component.reference, "settings": settings})
        return
    console.print_text(f"{entry.kind} {entry.name}, of plugin {entry.plugin}")
    for paragraph in (component.__doc__ or "").strip().split("\n\n"):
        console.print_wrapped(" ".join(paragraph.split()), indent=0)
    if component.reference:
        console.print_text(f"Reference: {component.reference}")
    console.print_text()
    rows = [[s["name"], s["type"], s["default"], s["bounds"], s["description"]] for s in settings]
    if rows:
        console.print_table("Settings", ["name", "type", "default", "bounds", "what it does"], rows)
    else:
        console.print_text("It has no settings.")
