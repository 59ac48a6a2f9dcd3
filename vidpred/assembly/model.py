"""Build what a recipe says about the model: its networks, its initial weights, how it is rolled out, its metrics."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import torch

from vidpred.contracts.data import Dataset
from vidpred.contracts.metric import Metric
from vidpred.contracts.model import Model
from vidpred.contracts.schedules import Annealer, Forcing, Progress
from vidpred.data.concat import require_same_specs
from vidpred.engine.device import ComputeDevice, explain_out_of_memory
from vidpred.engine.feedback import make_feedback
from vidpred.engine.randomness import seed_of
from vidpred.engine.runner import RolloutRunner
from vidpred.engine.schedules import beta_and_ratio
from vidpred.errors import Misfit, RecipeError, VidpredError, did_you_mean
from vidpred.plugins.registry import Registry
from vidpred.recipe.validation import ValidatedRecipe
from vidpred.runs.checkpoints import find_weights
from vidpred.runs.weights import load_weights

_MANY_STEPS = 1_000_000  # in an epoch, if the number depends on the data: no schedule is too long for it


def build_model(checked: ValidatedRecipe, dataset: Dataset, device: str = "cpu") -> Model:
    """Build the recipe's model with initial weights that depend on the seed and on each part's path in the recipe.

    On the device "meta", it has shapes and no weights. Raises RecipeError, naming the part, if parts do not fit.
    """
    chosen = checked.chosen["model"]
    seed = checked.recipe.seed

    def make(slot: str, *neighbours: Any) -> Any:
        path = f"model.{slot}"
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed_of(seed, "weights", path))
            try:
                return checked.chosen[path].make(*neighbours)
            except Misfit as error:
                raise RecipeError(checked.source, [f"{path}: {error}"]) from error

    assert issubclass(chosen.component, Model)
    with torch.device(device), explain_out_of_memory():
        try:
            return chosen.component.build(chosen.config, make, dataset.frame, dataset.condition)
        except Misfit as error:
            path = f"model.{error.slot}" if error.slot else "model"
            raise RecipeError(checked.source, [f"{path}: {error}"]) from error


def check_fit(checked: ValidatedRecipe) -> Model:
    """Check all that needs no data: do the parts fit, and the settings each other? Return the model without weights.

    Raises RecipeError or Misfit.
    """
    recipe = checked.recipe
    annealer: Annealer = checked.chosen["annealer"].make()
    forcing: Forcing = checked.chosen["forcing"].make()
    _check_watched_metrics(checked, annealer, forcing)
    steps = recipe.train.steps_per_epoch or _MANY_STEPS
    beta_and_ratio(annealer, forcing, recipe.loss.beta_max, Progress(0, recipe.train.epochs, 0, steps))
    datasets: list[Dataset] = [chosen.make() for chosen, *_ in checked.data]
    require_same_specs(datasets)
    return build_model(checked, datasets[0], "meta")


def _check_watched_metrics(checked: ValidatedRecipe, annealer: Annealer, forcing: Forcing) -> None:
    """Raise RecipeError if `save.best`, the annealer or the forcing reads a metric that validation does not measure."""
    measured = {"loss", *build_metrics(checked, "validate")}
    watched = {
        "save.best": checked.recipe.save.best,
        f"annealer: {annealer.name}": annealer.watches(),
        f"forcing: {forcing.name}": forcing.watches(),
    }
    problems = []
    for reader, names in watched.items():
        for name in names:
            if name not in measured:
                hint = did_you_mean(name, measured) or ";"
                known = ", ".join(sorted(measured))
                problems.append(
                    f"{reader}: {name!r} is not measured{hint} measured: {known}; validate.metrics chooses what is"
                )
    if problems:
        raise RecipeError(checked.source, problems)


def load_initial_weights(model: Model, init_from: str | None) -> str | None:
    """Load the weights that `init_from` names into the model. Return the path of their checkpoint, or None without any.

    Raises VidpredError.
    """
    if init_from is None:
        return None
    try:
        checkpoint = find_weights(init_from)
        load_weights(model, checkpoint)
    except VidpredError as error:
        raise VidpredError(f"init_from: {error}") from error
    return str(checkpoint.resolve())


def build_runner(checked: ValidatedRecipe, device: ComputeDevice) -> RolloutRunner:
    """Build the runner of all rollouts of this recipe: given frames, steps per call, feedback."""
    recipe = checked.recipe
    settings = recipe.feedback
    change = checked.chosen["feedback.filter"].make() if "feedback.filter" in checked.chosen else None
    train, evaluation = (
        make_feedback(
            detach=settings.detach,
            clamp=settings.clamp,
            frame_filter=change if settings.filter_in in ("both", phase) else None,
        )
        for phase in ("training", "evaluation")
    )
    steps_per_call = None if recipe.sequence.window == "auto" else recipe.sequence.window
    return RolloutRunner(
        past=recipe.sequence.past,
        compute=device,
        last_frame_skip=recipe.sequence.last_frame_skip,
        steps_per_call=steps_per_call,
        feedback=train,
        evaluation_feedback=evaluation,
    )


def build_metrics(checked: ValidatedRecipe, section: str) -> Mapping[str, Metric]:
    """Build the metrics of `train` or `validate`, by name."""
    return {chosen.component.name: chosen.make() for chosen in checked.components_in(f"{section}.metrics")}


def build_named_metrics(checked: ValidatedRecipe, registry: Registry, names: Collection[str]) -> Mapping[str, Metric]:
    """Build metrics by name, with the settings that `validate.metrics` has for them. Raises VidpredError."""
    metrics = dict(build_metrics(checked, "validate"))
    for name in names:
        if name not in metrics:
            component = registry.entry("metric", name).load()
            metrics[name] = component(component.Config())  # type: ignore[assignment]
    return {name: metrics[name] for name in dict.fromkeys(names)}
