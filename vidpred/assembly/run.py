"""Build a run from a checked recipe: data, model, trainer, validation, checkpoints and observers."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from vidpred.assembly.data import (
    build_training_data,
    check_readable,
    steps_per_epoch,
    training_splits,
    validation_lengths,
    windows_in_epoch,
)
from vidpred.assembly.model import build_metrics, build_model, build_runner, check_fit, load_initial_weights
from vidpred.contracts.data import Dataset, Split
from vidpred.contracts.metric_info import metric_info
from vidpred.contracts.model import Model
from vidpred.contracts.schedules import Progress
from vidpred.data.training_windows import TrainingData
from vidpred.engine.device import ComputeDevice, select_device
from vidpred.engine.optim import LearningRate, make_optimizer
from vidpred.engine.runner import RolloutRunner
from vidpred.errors import VidpredError
from vidpred.evaluation.computable import require_computable
from vidpred.plugins.discovery import DiscoveredPlugins
from vidpred.recipe.validation import ValidatedRecipe
from vidpred.report.epoch_artifacts import draw_epoch_artifacts
from vidpred.runs.layout import RunFolder
from vidpred.runs.provenance import Environment, current_environment
from vidpred.runs.retention import Retention
from vidpred.training.batch_size import check_batch_size
from vidpred.training.run import Run
from vidpred.training.run_state import RunSettings
from vidpred.training.store import RunStore
from vidpred.training.trainer import Trainer
from vidpred.training.validation import Validation, ValidationData


def new_run(
    checked: ValidatedRecipe,
    *,
    out: Path,
    device: str = "auto",
    plugins: DiscoveredPlugins | None = None,
    command: Sequence[str] = (),
) -> Run:
    """Build a new run in OUT/<name>/<date-time>. Everything is checked and the data are tried; nothing is written yet.

    Raises VidpredError.
    """
    folder = _dated_folder(out / checked.recipe.name)
    return new_run_in(folder, checked, device=device, plugins=plugins, command=command)


def new_run_in(
    folder: Path,
    checked: ValidatedRecipe,
    *,
    device: str = "auto",
    plugins: DiscoveredPlugins | None = None,
    command: Sequence[str] = (),
) -> Run:
    """Build a new run in a folder of this name, as `new_run` does."""
    run = build_run(folder, checked, device=device, plugins=plugins, command=command)
    checkpoint = load_initial_weights(run.model, checked.recipe.init_from)
    environment: Environment = {**run.store.environment, "init_from": checkpoint}
    return replace(run, store=replace(run.store, environment=environment))


def build_run(
    folder: Path, checked: ValidatedRecipe, *, device: str, plugins: DiscoveredPlugins | None, command: Sequence[str]
) -> Run:
    """Build a run, new or to be resumed, whose weights are those that the seed gives."""
    train = checked.recipe.train
    shapes = check_fit(checked)
    compute_device = select_device(device, train.precision, channels_last=train.channels_last)
    dataset: Dataset = checked.data[0].chosen.make()
    splits, validation_split = training_splits(checked), dataset.split("validate")
    check_readable(checked, splits, validation_split)
    data = build_training_data(checked, splits, dataset, compute_device)
    windows = windows_in_epoch(checked, data.split)
    check_batch_size(checked, shapes, dataset, windows)
    model = compute_device.move(build_model(checked, dataset))
    runner = build_runner(checked, compute_device)
    steps = steps_per_epoch(checked, windows)
    environment: Environment = {
        **_provenance(checked, compute_device, plugins, command),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "clips": {"train": len(data.split.lengths), "validate": len(validation_split.lengths)},
        "metrics": _metric_info(checked),
    }
    return Run(
        settings=_build_settings(checked, steps),
        model=model,
        trainer=build_trainer(checked, model, runner, steps),
        data=data,
        validation=_build_validation(checked, validation_split, data),
        store=_build_store(folder, checked, environment),
        observers=[chosen.make() for chosen in checked.components_in("observers")],
    )


def _build_settings(checked: ValidatedRecipe, steps_per_epoch: int) -> RunSettings:
    train = checked.recipe.train
    return RunSettings(
        epochs=train.epochs,
        steps_per_epoch=steps_per_epoch,
        reestimate_batches=train.reestimate_batches,
        max_skipped=train.max_skipped,
    )


def _build_store(folder: Path, checked: ValidatedRecipe, environment: Environment) -> RunStore:
    return RunStore(
        folder=RunFolder(folder),
        recipe_yaml=checked.to_yaml(),
        recipe=checked.resolved_fields(),
        environment=environment,
        retention=build_retention(checked),
    )


def _provenance(
    checked: ValidatedRecipe, device: ComputeDevice, plugins: DiscoveredPlugins | None, command: Sequence[str]
) -> Environment:
    names = {chosen.plugin for chosen in checked.chosen.values()}
    used = [plugin for plugin in (plugins.plugins if plugins else ()) if plugin.name in names]
    return current_environment(
        used, device=str(device), precision=device.precision, seed=checked.recipe.seed, command=command or sys.argv
    )


def _metric_info(checked: ValidatedRecipe) -> dict[str, Any]:
    return {name: metric_info(metric)._asdict() for name, metric in build_metrics(checked, "validate").items()}


def _build_validation(checked: ValidatedRecipe, split: Split, data: TrainingData) -> Validation:
    lengths = validation_lengths(checked, split)
    metrics = build_metrics(checked, "validate")
    require_computable(metrics, checked.data[0].chosen.make().frame)  # fail early, not after the first epoch
    return Validation(
        settings=checked.recipe.validation,
        data=ValidationData(
            split=split,
            lengths=lengths,
            batch_size=checked.recipe.train.batch_size,
            loader=data.loader,
            tolerates_errors=checked.data[0].tolerates_errors,
        ),
        metrics=metrics,
        draw=draw_epoch_artifacts,
    )


def build_retention(checked: ValidatedRecipe) -> Retention:
    """Return which checkpoints of this recipe's run stay."""
    save, metrics = checked.recipe.save, build_metrics(checked, "validate")
    best = {name: name != "loss" and metrics[name].higher_is_better for name in save.best}
    return Retention(every=save.every, keep=save.keep, best=best)


def build_trainer(checked: ValidatedRecipe, model: Model, runner: RolloutRunner, steps_per_epoch: int) -> Trainer:
    """Build the trainer. Raises VidpredError if a schedule does not fit the length of the run."""
    recipe, chosen = checked.recipe, checked.chosen
    optimizer = make_optimizer(model.parameters(), **recipe.optimizer.model_dump())
    trainer = Trainer(
        model=model,
        runner=runner,
        objective=chosen["loss.objective"].make(),
        annealer=chosen["annealer"].make(),
        forcing=chosen["forcing"].make(),
        beta_max=recipe.loss.beta_max,
        optimizer=optimizer,
        learning_rate=LearningRate(
            optimizer, epochs=recipe.train.epochs, steps_per_epoch=steps_per_epoch, **recipe.scheduler.model_dump()
        ),
        metrics=build_metrics(checked, "train"),
        seed=recipe.seed,
        accumulate=recipe.train.accumulate,
        clip_grad_norm=recipe.train.clip_grad_norm,
    )
    trainer.schedules(Progress(0, recipe.train.epochs, 0, steps_per_epoch))  # raises if they do not fit
    return trainer


def _dated_folder(parent: Path) -> Path:
    """Return the path of a run folder, named by date and time. Raises VidpredError if it could not be created."""
    existing = next(path for path in (parent, *parent.parents) if os.path.exists(path))
    if not (existing.is_dir() and os.access(existing, os.W_OK)):
        reason = "you may not write there" if existing.is_dir() else "it is not a folder"
        raise VidpredError(f"{existing}: no run folder can be made in it: {reason}; give another with --out")
    return parent / datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")
