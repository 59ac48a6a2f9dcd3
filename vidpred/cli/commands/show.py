"""vidpred show"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vidpred.cli import console
from vidpred.cli.options import PluginOption, RecipeArgument, SampleOption, SetOption, load_document, load_plugins
from vidpred.errors import DataError, VidpredError
from vidpred.recipe.validation import ValidatedRecipe, to_yaml, validate_recipe

_SUFFIXES = (".png", ".pdf", ".svg")
_ASSUMED_STEPS = 100  # in an epoch, if neither recipe nor data say


def show_command(
    recipe: RecipeArgument,
    overrides: SetOption = None,
    sample: SampleOption = False,
    schedules: Annotated[
        Path | None,
        typer.Option(
            "--schedules", metavar="FILE.png", help="Draw beta and the forcing ratio over the complete run instead."
        ),
    ] = None,
    plugin: PluginOption = None,
) -> None:
    """Print a recipe in full: with everything that it extends, overrides and defaults written out."""
    document = load_document(recipe, overrides, sample)
    checked = validate_recipe(document, load_plugins(plugin).registry)
    if schedules is None:
        matrix = {"matrix": document.matrix} if document.matrix else {}
        console.print_text(to_yaml({**checked.resolved_fields(), **matrix}).rstrip())
    else:
        _draw_schedules(checked, schedules)


def _draw_schedules(checked: ValidatedRecipe, file: Path) -> None:
    if file.suffix.lower() not in _SUFFIXES:
        raise VidpredError(
            f"--schedules {file}: a picture's name ends in {', '.join(_SUFFIXES[:-1])} or {_SUFFIXES[-1]}"
        )
    from vidpred.assembly.schedules import draw_schedules  # torch and matplotlib are imported only now

    try:
        draw_schedules(checked, file, _steps_per_epoch(checked))
    except OSError as error:
        raise VidpredError(f"--schedules {file}: cannot be written: {error.strerror or error}") from error
    console.print_text(f"schedules: {file}")


def _steps_per_epoch(checked: ValidatedRecipe) -> int:
    from vidpred.assembly.data import read_steps_per_epoch

    try:
        return read_steps_per_epoch(checked)
    except DataError as error:
        console.print_text(
            f"assuming {_ASSUMED_STEPS} steps in an epoch, as train.steps_per_epoch is null and the data do not say: "
            f"{error}"
        )
        return _ASSUMED_STEPS
