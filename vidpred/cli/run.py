"""vidpred run"""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from vidpred.cli import output
from vidpred.cli.options import PluginOption, RecipeArgument, SampleOption, SetOption, checked_recipe, plugins_of
from vidpred.recipe.check import Checked
from vidpred.samples import folder, render


def run(
    recipe: RecipeArgument,
    overrides: SetOption = None,
    sample: SampleOption = False,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where run folders go: DIR/<name>/<date-time>.")] = Path("runs"),
    device: Annotated[str, typer.Option("--device", help="auto (a GPU where there is one), cpu or cuda.")] = "auto",
    plugin: PluginOption = None,
) -> None:
    """Train, validate and predict what a recipe describes, and leave a run folder."""
    plugins = plugins_of(plugin)
    checked = checked_recipe(recipe, overrides, plugins, sample)
    from vidpred.build import run_of  # torch is loaded only now, when all else is right
    from vidpred.cli.progress import follow
    if sample:
        _render(checked)
    follow(run_of(checked, out=out, device=device, plugins=plugins, command=sys.argv))


def _render(checked: Checked) -> None:
    """The samples of its data sets, where they are not in the cache already."""
    for seed, (chosen, _) in enumerate(checked.data):
        root = folder(chosen.component.name, seed)
        if not root.exists():
            output.text(f"rendering sample data, once, into {root}")
        render(chosen.make(), root, seed)
