"""vidpred run"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from vidpred.cli import console as output
from vidpred.cli.options import PluginOption, SampleOption, SetOption, document_of, plugins_of
from vidpred.cli.sweep import run_all
from vidpred.data.demo import folder, render
from vidpred.errors import VidpredError
from vidpred.recipe.grid import cells
from vidpred.recipe.validation import Checked, check


def run(
    recipe: Annotated[
        str | None, typer.Argument(metavar="RECIPE", help="A recipe's file, or the name of a shipped recipe.")
    ] = None,
    overrides: SetOption = None,
    sample: SampleOption = False,
    resume: Annotated[
        Path | None,
        typer.Option(
            "--resume",
            metavar="RUN",
            help="Go on with a run, exactly where it ended; --set train.epochs=N makes it longer.",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where run folders go: DIR/<name>/<date-time>.")
    ] = Path("runs"),
    device: Annotated[str, typer.Option("--device", help="auto (a GPU where there is one), cpu or cuda.")] = "auto",
    plugin: PluginOption = None,
) -> None:
    """Train, validate and predict what a recipe describes, and leave a run folder. Of a recipe with a matrix, every run that is
    not done yet, then a comparison.

    Ctrl-C and SIGTERM finish the step, save, and say how to go on; a second one stops at once."""
    if resume is not None:
        _resume(resume, recipe, overrides or [], sample, device, plugin)
        return
    if recipe is None:
        raise VidpredError(
            "which recipe? vidpred run RECIPE, for example: vidpred run bair_cyclical --sample; or vidpred run --resume RUN"
        )
    plugins = plugins_of(plugin)
    document = document_of(recipe, overrides, sample)
    checked = check(document, plugins.registry)
    if sample:
        _render(checked)
    if document.matrix:
        run_all(cells(document), out=out, device=device, plugins=plugins)
        return
    from vidpred.assembly.run import new_run  # torch is loaded only now, when all else is right
    from vidpred.cli.progress import follow

    follow(new_run(checked, out=out, device=device, plugins=plugins, command=sys.argv))


def _resume(
    run: Path, recipe: str | None, overrides: list[str], sample: bool, device: str, plugin: list[Path] | None
) -> None:
    if recipe is not None or sample:
        what = "--sample" if recipe is None else f"the recipe {recipe}"
        raise VidpredError(
            f"--resume goes on with the recipe and the data of {run}; leave {what} out, and change its fields with --set"
        )
    plugins = plugins_of(plugin)
    from vidpred.assembly.resume import resume_run
    from vidpred.cli.progress import follow  # torch is loaded only now, when all else is right

    resumed = resume_run(run, overrides=overrides, device=device, plugins=plugins, command=sys.argv)
    if resumed is None:
        output.text(f"{run} is finished; go on for longer: vidpred run --resume {run} --set train.epochs=N")
        return
    for note in resumed.notes:
        output.warning(note)
    follow(resumed.run)


def _render(checked: Checked) -> None:
    """The samples of its data sets, where they are not in the cache already."""
    for seed, (chosen, *_) in enumerate(checked.data):
        root = folder(chosen.component.name, seed)
        if not root.exists():
            output.text(f"rendering sample data, once, into {root}")
        render(chosen.make(), root, seed)
