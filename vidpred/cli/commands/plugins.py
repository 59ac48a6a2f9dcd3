"""vidpred plugins"""

from __future__ import annotations

from typing import Any

import typer

from vidpred.cli import console
from vidpred.cli.options import JsonOption, PluginOption
from vidpred.plugins.discovery import Plugin, discover

app = typer.Typer(
    help="Plugins: packages with the entry-point group `vidpred`, and single files.", no_args_is_help=True
)


@app.callback()
def plugins_command() -> None:
    """Plugins: packages with the entry-point group `vidpred`, and single files."""


@app.command("list")
def list_plugins_command(json: JsonOption = False, plugin: PluginOption = None) -> None:
    """List every installed or given plugin, what it registers, and what is wrong with it."""
    plugins = discover(plugin or []).plugins
    if json:
        console.print_json([_record(plugin) for plugin in plugins])
        return
    rows = [[plugin.name, plugin.version or "-", plugin.source, _components(plugin)] for plugin in plugins]
    console.print_table("Plugins", ["name", "version", "from", "registers"], rows)


def _components(plugin: Plugin) -> str:
    if plugin.error:
        return f"broken: {plugin.error}"
    return ", ".join(f"{entry.kind} {entry.name}" for entry in plugin.entries)


def _record(plugin: Plugin) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "version": plugin.version,
        "source": plugin.source,
        "error": plugin.error or None,
        "components": [{"kind": entry.kind, "name": entry.name} for entry in plugin.entries],
    }
