"""vidpred show"""
from __future__ import annotations

from vidpred.cli import output
from vidpred.cli.options import PluginOption, RecipeArgument, SetOption, checked_recipe, plugins_of


def show(recipe: RecipeArgument, overrides: SetOption = None, plugin: PluginOption = None) -> None:
    """Print a recipe in full: with everything that it extends, overrides and defaults written out."""
    output.text(checked_recipe(recipe, overrides, plugins_of(plugin)).as_yaml().rstrip())
