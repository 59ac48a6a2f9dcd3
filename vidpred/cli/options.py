"""Options that several commands share, and what they load."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vidpred.assembly.demo import use_demo_data
from vidpred.cli import console
from vidpred.contracts.splits import SPLITS
from vidpred.errors import PluginError, VidpredError, unknown
from vidpred.plugins.discovery import DiscoveredPlugins, discover
from vidpred.recipe.loading import Document, load_recipe

RecipeArgument = Annotated[
    str, typer.Argument(metavar="RECIPE", help="A recipe's file, or the name of a shipped recipe.")
]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder: runs/<name>/<date-time>.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="a.b=c", help="Override one field of the recipe, e.g. train.epochs=3. Repeatable."),
]
SampleOption = Annotated[
    bool,
    typer.Option(
        "--sample",
        help="Without any data: a short run, as the recipe's sample block says, on data that the data set renders "
        "itself.",
    ),
]
PluginOption = Annotated[
    list[Path] | None, typer.Option("--plugin", metavar="FILE", help="Load a single-file plugin. Repeatable.")
]
CheckpointOption = Annotated[str, typer.Option("--checkpoint", help="last, best_psnr, best_loss, epoch_0009, …")]
DeviceOption = Annotated[str, typer.Option("--device", help="auto (a GPU if there is one), cpu or cuda.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def load_plugins(files: list[Path] | None) -> DiscoveredPlugins:
    """Load all plugins, and say which single-file plugins are used.

    A file of this command that cannot be loaded raises PluginError; one of the environment is left out with a warning.
    """
    plugins = discover(files or [])
    single_files = [plugin for plugin in plugins.plugins if plugin.requested]
    broken = [plugin for plugin in single_files if plugin.error and plugin.file in (files or [])]
    if broken:
        raise PluginError("\n  ".join(f"--plugin {plugin.source}: {plugin.error}" for plugin in broken))
    for plugin in single_files:
        if plugin.error:
            console.print_warning(f"plugin {plugin.source} is left out: {plugin.error}")
        else:
            console.print_labelled(console.stderr, "plugin", "bold", f"{plugin.name} from {plugin.source}")
    return plugins


def load_document(recipe: str, overrides: list[str] | None, sample: bool) -> Document:
    """Load a recipe with its overrides; with `sample`, apply its sample block and replace its data by demo data."""
    document = load_recipe(recipe, overrides or [], sample=sample)
    return use_demo_data(document) if sample else document


def check_split_name(split: str | None) -> None:
    """Raise VidpredError for an unknown split; `val` suggests validate."""
    if split is None or split in SPLITS:
        return
    meant = [name for name in SPLITS if split and name.startswith(split)]
    if meant:
        raise VidpredError(f"unknown split {split!r}; did you mean {meant[0]!r}? known splits: {', '.join(SPLITS)}")
    raise VidpredError(unknown("split", split, SPLITS))
