"""vidpred show"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vidpred.cli import console as output
from vidpred.cli.options import PluginOption, RecipeArgument, SampleOption, SetOption, document_of, plugins_of
from vidpred.engine.schedules import schedule_values
from vidpred.errors import DataError, VidpredError
from vidpred.recipe.validation import Checked, as_yaml, check

_ENDINGS = (".png", ".pdf", ".svg")
_ASSUMED = 100  # steps in an epoch, where nothing tells


def show(
    recipe: RecipeArgument,
    overrides: SetOption = None,
    sample: SampleOption = False,
    schedules: Annotated[
        Path | None,
        typer.Option(
            "--schedules", metavar="FILE.png", help="Draw beta and the forcing ratio over the whole run instead."
        ),
    ] = None,
    plugin: PluginOption = None,
) -> None:
    """Print a recipe in full: with everything that it extends, overrides and defaults written out."""
    document = document_of(recipe, overrides, sample)
    checked = check(document, plugins_of(plugin).registry)
    if schedules is None:
        output.text(
            as_yaml({**checked.resolved(), **({"matrix": document.matrix} if document.matrix else {})}).rstrip()
        )
    else:
        _draw(checked, schedules)


def _draw(checked: Checked, file: Path) -> None:
    if file.suffix.lower() not in _ENDINGS:
        raise VidpredError(f"--schedules {file}: a picture's name ends in {', '.join(_ENDINGS[:-1])} or {_ENDINGS[-1]}")
    recipe, annealer, forcing = checked.recipe, checked.chosen["annealer"], checked.chosen["forcing"]
    drawn = schedule_values(
        annealer.make(),
        forcing.make(),
        beta_max=recipe.loss.beta_max,
        epochs=recipe.train.epochs,
        steps_per_epoch=_steps_per_epoch(checked),
    )
    from vidpred.plots.training import schedule_plot  # matplotlib and torch are loaded only now, when all else is right

    note = " (before any record)" if drawn.reads_history else ""
    try:
        schedule_plot(file, annealer.component.name, drawn.beta, f"{forcing.component.name}{note}", drawn.ratio)
    except OSError as error:
        raise VidpredError(f"--schedules {file}: cannot be written: {error.strerror or error}") from error
    output.text(f"schedules: {file}")


def _steps_per_epoch(checked: Checked) -> int:
    """As the run will have it: from the recipe, or from the clips that there are."""
    train = checked.recipe.train
    if train.steps_per_epoch is not None:
        return train.steps_per_epoch
    from vidpred.assembly.data import training_splits
    from vidpred.data.sampler import steps_in_epoch, window_starts

    try:
        lengths = [has for split in training_splits(checked) for has in split.lengths]
    except DataError as error:
        output.text(
            f"assuming {_ASSUMED} steps in an epoch, as train.steps_per_epoch is null and the data do not tell: {error}"
        )
        return _ASSUMED
    shown = window_starts(lengths, checked.recipe.length, train.window_start, checked.recipe.stride)
    return steps_in_epoch(len(shown), train.batch_size, train.accumulate, None)
