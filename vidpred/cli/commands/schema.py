"""vidpred schema"""

from __future__ import annotations

from vidpred.cli import console as output
from vidpred.cli.options import PluginOption, plugins_of
from vidpred.recipe.json_schema import json_schema


def schema(plugin: PluginOption = None) -> None:
    """Print the JSON schema of a recipe with all registered components, for completion and checking in editors."""
    output.as_json(json_schema(plugins_of(plugin).registry))
