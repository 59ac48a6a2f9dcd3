"""vidpred run"""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from vidpred.cli.options import PluginOption, RecipeArgument, SetOption, checked_recipe, plugins_of


def run(
    recipe: RecipeArgument,
    overrides: SetOption = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where run folders go: DIR/<name>/<date-time>.")] = Path("runs"),
    device: Annotated[str, typer.Option("--device", help="auto (a GPU where there is one), cpu or cuda.")] = "auto",
    plugin: PluginOption = None,
) -> None:
    """Train, validate and predict what a recipe describes, and leave a run folder."""
    plugins = plugins_of(plugin)
    checked = checked_recipe(recipe, overrides, plugins)
    from vidpred.build import run_of  # torch is loaded only now, when all else is right
    from vidpred.cli.progress import follow
    follow(run_of(checked, out=out, device=device, plugins=plugins, command=sys.argv))
