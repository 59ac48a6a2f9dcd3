"""vidpred plugins"""

from __future__ import annotations

from typing import Annotated

import typer

from vidpred.cli import console as output
from vidpred.cli.options import PluginOption
from vidpred.plugins.discovery import discover

app = typer.Typer(
    help="Plugins: packages with the entry-point group `vidpred`, and single files.", no_args_is_help=True
)


@app.callback()
def _group() -> None:
    """Keeps `list` a command of its own."""


@app.command("list")
def list_plugins(
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False, plugin: PluginOption = None
) -> None:
    """List every plugin that was found, what it registers, and what is wrong with it."""
    found = discover(plugin or []).found
    if json:
        output.as_json(
            [
                {
                    "name": p.name,
                    "version": p.version,
                    "source": p.source,
                    "error": p.error or None,
                    "components": [{"kind": entry.kind, "name": entry.name} for entry in p.entries],
                }
                for p in found
            ]
        )
        return
    output.table(
        "Plugins",
        ["name", "version", "from", "registers"],
        [
            [
                p.name,
                p.version or "-",
                p.source,
                f"broken: {p.error}" if p.error else ", ".join(f"{entry.kind} {entry.name}" for entry in p.entries),
            ]
            for p in found
        ],
    )
