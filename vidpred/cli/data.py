"""vidpred data"""
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vidpred.cli import output
from vidpred.cli.options import PluginOption, plugins_of
from vidpred.errors import VidpredError

app = typer.Typer(help="Data sets: rendered samples of their own kind.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `sample` a command of its own."""


@app.command("sample")
def sample(
    dataset: Annotated[str, typer.Argument(help="A data set's name: vidpred list datasets.")],
    root: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed renders the same data.")] = 0,
    plugin: PluginOption = None,
) -> None:
    """Render a small data set in its true layout on disk, to try things out without any data."""
    if root.exists():
        raise VidpredError(f"{root} is there already; name a folder that is not, so that nothing is written over")
    component = plugins_of(plugin).registry.entry("dataset", dataset).load()
    from vidpred.samples import render  # torch comes with the data sets
    made = component(component.Config())
    render(made, root, seed)    # type: ignore[arg-type]
    output.text(f"{root}: rendered. Train on it: vidpred run RECIPE --set data.root={root}")
