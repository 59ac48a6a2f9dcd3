"""vidpred run"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from vidpred.assembly.demo import render_demo_data
from vidpred.assembly.sweep import sweep_cells
from vidpred.cli import console
from vidpred.cli.options import DeviceOption, PluginOption, SampleOption, SetOption, load_document, load_plugins
from vidpred.errors import VidpredError
from vidpred.recipe.validation import validate_recipe


def run_command(
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
            help="Resume a run, exactly where it stopped; --set train.epochs=N makes it longer.",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where run folders go: DIR/<name>/<date-time>.")
    ] = Path("runs"),
    device: DeviceOption = "auto",
    plugin: PluginOption = None,
) -> None:
    """Train, validate and predict what a recipe describes, and leave a run folder. Of a recipe with a matrix, every
    run that is not done yet, then a comparison.

    Ctrl-C and SIGTERM finish the step, save, and say how to resume; a second one stops at once."""
    if resume is not None:
        _resume(resume, recipe, overrides or [], sample, device, plugin)
    elif recipe is not None:
        _train(recipe, overrides or [], sample, out, device, plugin)
    else:
        raise VidpredError(
            "which recipe? vidpred run RECIPE, for example: vidpred run bair_cyclical --sample; "
            "or vidpred run --resume RUN"
        )


def _train(recipe: str, overrides: list[str], sample: bool, out: Path, device: str, plugin: list[Path] | None) -> None:
    plugins = load_plugins(plugin)
    document = load_document(recipe, overrides, sample)
    checked = validate_recipe(document, plugins.registry)
    if sample:
        render_demo_data(checked, lambda root: console.print_text(f"rendering demo data, once, into {root}"))
    if document.matrix:
        cells = sweep_cells(document, out=out, plugins=plugins)
        from vidpred.cli.sweep_progress import follow_sweep  # torch is imported only now, when all recipes are valid

        follow_sweep(cells, folder=out / cells[0].checked.recipe.name, device=device, plugins=plugins)
        return
    from vidpred.assembly.run import new_run  # torch is imported only now, when the recipe is valid
    from vidpred.cli.progress import follow_run

    follow_run(new_run(checked, out=out, device=device, plugins=plugins, command=sys.argv))


def _resume(
    run: Path, recipe: str | None, overrides: list[str], sample: bool, device: str, plugin: list[Path] | None
) -> None:
    if recipe is not None or sample:
        surplus = "--sample" if recipe is None else f"the recipe {recipe}"
        raise VidpredError(
            f"--resume uses the recipe and the data of {run}; leave {surplus} out, and change its fields with --set"
        )
    plugins = load_plugins(plugin)
    from vidpred.assembly.resume import resume_run  # torch is imported only now
    from vidpred.cli.progress import follow_run

    resumed = resume_run(run, overrides=overrides, device=device, plugins=plugins, command=sys.argv)
    if resumed is None:
        console.print_text(f"{run} is finished; to train for longer: vidpred run --resume {run} --set train.epochs=N")
        return
    for note in resumed.notes:
        console.print_warning(note)
    follow_run(resumed.run)
