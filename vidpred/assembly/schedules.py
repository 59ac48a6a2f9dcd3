"""Draw the schedules of a recipe without training: beta and the forcing ratio over the complete run."""

from __future__ import annotations

from pathlib import Path

from vidpred.engine.schedules import schedule_values
from vidpred.plots.training import draw_schedule_charts
from vidpred.recipe.validation import ValidatedRecipe


def draw_schedules(checked: ValidatedRecipe, file: Path, steps_per_epoch: int) -> None:
    """Draw beta and the forcing ratio of every step into a .png, .pdf or .svg. Raises OSError."""
    recipe, annealer, forcing = checked.recipe, checked.chosen["annealer"], checked.chosen["forcing"]
    values = schedule_values(
        annealer.make(),
        forcing.make(),
        beta_max=recipe.loss.beta_max,
        epochs=recipe.train.epochs,
        steps_per_epoch=steps_per_epoch,
    )
    note = " (before any record)" if values.reads_history else ""
    draw_schedule_charts(file, annealer.component.name, values.beta, f"{forcing.component.name}{note}", values.ratio)
