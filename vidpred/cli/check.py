"""vidpred check"""
from __future__ import annotations

from vidpred.cli import output
from vidpred.cli.options import PluginOption, RecipeArgument, SampleOption, SetOption, checked_recipe, plugins_of


def check_recipe(recipe: RecipeArgument, overrides: SetOption = None, sample: SampleOption = False, plugin: PluginOption = None) -> None:
    """Check a recipe without running it: every field, every setting, and whether the parts fit. Needs no data."""
    checked = checked_recipe(recipe, overrides, plugins_of(plugin), sample)
    from vidpred.build import check_fit  # torch is loaded only now, when all else is right
    model = check_fit(checked)
    output.text(f"{recipe}: valid; {sum(p.numel() for p in model.parameters()):,} parameters")
