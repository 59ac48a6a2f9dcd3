"""vidpred schema"""

from __future__ import annotations

from vidpred.cli import console
from vidpred.cli.options import PluginOption, load_plugins
from vidpred.recipe.json_schema import build_json_schema


def schema_command(plugin: PluginOption = None) -> None:
    """Print the JSON schema of a recipe with all registered components, for completion and checking in editors."""
    console.print_json(build_json_schema(load_plugins(plugin).registry))
