"""vidpred check"""

from __future__ import annotations

from vidpred.cli import console
from vidpred.cli.options import PluginOption, RecipeArgument, SampleOption, SetOption, load_document, load_plugins
from vidpred.recipe.grid import expand_matrix
from vidpred.recipe.validation import validate_recipe


def check_command(
    recipe: RecipeArgument, overrides: SetOption = None, sample: SampleOption = False, plugin: PluginOption = None
) -> None:
    """Check a recipe without running it: every field, every setting, and whether the parts fit. Needs no data."""
    plugins, document = load_plugins(plugin), load_document(recipe, overrides, sample)
    documents = [cell.document for cell in expand_matrix(document)] if document.matrix else [document]
    recipes = [validate_recipe(each, plugins.registry) for each in documents]
    from vidpred.assembly.model import check_fit  # torch is imported only now, when the recipe is valid

    models = [check_fit(checked) for checked in recipes]
    counts = sorted({sum(parameter.numel() for parameter in model.parameters()) for model in models})
    runs = f"{len(recipes)} runs; " if document.matrix else ""
    console.print_text(f"{recipe}: valid; {runs}{' or '.join(f'{count:,}' for count in counts)} parameters")
