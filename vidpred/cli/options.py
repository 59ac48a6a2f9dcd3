"""Options that several commands share, and the way from them to a checked recipe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from vidpred.cli import console as output
from vidpred.contracts.base import DATA_ROOT
from vidpred.data.demo import folder
from vidpred.errors import PluginError
from vidpred.plugins.discovery import Plugins, discover
from vidpred.recipe.loading import Document, load, merged
from vidpred.recipe.validation import Checked, check

RecipeArgument = Annotated[
    str, typer.Argument(metavar="RECIPE", help="A recipe's file, or the name of a shipped recipe.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="a.b=c", help="Override one field of the recipe, e.g. train.epochs=3. Repeatable."),
]
SampleOption = Annotated[
    bool,
    typer.Option(
        "--sample",
        help="Without any data: a short run, as the recipe's sample block has it, on data that the data set renders itself.",
    ),
]
PluginOption = Annotated[
    list[Path] | None, typer.Option("--plugin", metavar="FILE", help="Load a single-file plugin. Repeatable.")
]


def plugins_of(files: list[Path] | None) -> Plugins:
    """All plugins. One that this command asks for must work; one that the environment asks for may be left out."""
    plugins = discover(files or [])
    broken = [plugin for plugin in plugins.found if plugin.given and plugin.error]
    wanted = [f"--plugin {plugin.source}: {plugin.error}" for plugin in broken if plugin.file in (files or [])]
    if wanted:
        raise PluginError("\n  ".join(wanted))
    for plugin in [plugin for plugin in plugins.found if plugin.given]:
        if plugin.error:
            output.warning(f"plugin {plugin.source} is left out: {plugin.error}")
        else:
            output.said(output.error_console, "plugin", "bold", f"{plugin.name} from {plugin.source}")
    return plugins


def checked_recipe(recipe: str, overrides: list[str] | None, plugins: Plugins, sample: bool = False) -> Checked:
    """A valid recipe, without its matrix; for --sample, with its `sample` block applied, on data that the data set renders itself."""
    return check(document_of(recipe, overrides, sample), plugins.registry)


def document_of(recipe: str, overrides: list[str] | None, sample: bool) -> Document:
    document = load(recipe, overrides or [], sample=sample)
    if sample:
        document = replace(document, fields={**document.fields, "data": _sampled(document.fields.get("data"))})
    return document


def _sampled(data: Any, seed: int = 0) -> Any:
    """The same data sets, but their samples; the seeds of several differ."""
    if isinstance(data, list):
        return [_sampled(one, place) for place, one in enumerate(data)]
    name = data.get("name") if isinstance(data, dict) else data
    return merged({"data": data}, {"data": {DATA_ROOT: str(folder(str(name), seed))}})["data"]
