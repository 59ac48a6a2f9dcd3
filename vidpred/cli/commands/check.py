"""vidpred check"""

from __future__ import annotations

from vidpred.cli import console as output
from vidpred.cli.options import PluginOption, RecipeArgument, SampleOption, SetOption, document_of, plugins_of
from vidpred.recipe.grid import cells
from vidpred.recipe.validation import check


def check_recipe(
    recipe: RecipeArgument, overrides: SetOption = None, sample: SampleOption = False, plugin: PluginOption = None
) -> None:
    """Check a recipe without running it: every field, every setting, and whether the parts fit. Needs no data."""
    plugins, document = plugins_of(plugin), document_of(recipe, overrides, sample)
    several = [check(cell.document, plugins.registry) for cell in cells(document)] if document.matrix else []
    from vidpred.assembly.model import check_fit  # torch is loaded only now, when all else is right

    models = [check_fit(one) for one in several or [check(document, plugins.registry)]]
    counts = sorted({sum(parameter.numel() for parameter in model.parameters()) for model in models})
    runs = f"{len(several)} runs; " if several else ""
    output.text(f"{recipe}: valid; {runs}{' or '.join(f'{count:,}' for count in counts)} parameters")
