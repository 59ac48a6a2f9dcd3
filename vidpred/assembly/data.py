"""Build a data set by its name, and what a recipe says about data: training splits, windows, validation clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from vidpred.contracts.base import DATA_ROOT
from vidpred.contracts.data import Dataset, Lengths, Split
from vidpred.data.concat import ConcatSplit
from vidpred.data.lengths import evaluated_lengths, require_lengths
from vidpred.data.loader import LoaderSettings
from vidpred.data.sampler import SamplerSettings, steps_in_epoch, window_starts
from vidpred.data.spot_check import spot_check
from vidpred.data.training_windows import TrainingData
from vidpred.engine.device import ComputeDevice
from vidpred.errors import DataError, RecipeError
from vidpred.plugins.registry import Registry
from vidpred.recipe.messages import describe_errors
from vidpred.recipe.validation import ValidatedRecipe


def build_dataset(registry: Registry, name: str, root: Path, settings: Mapping[str, Any] | None = None) -> Dataset:
    """Build the data set of this name that reads `root`, with settings as in a recipe's `data` section.

    Raises VidpredError for an unknown name, and RecipeError with all settings that are wrong.
    """
    component = registry.entry("dataset", name).load()
    try:
        config = component.Config.model_validate({DATA_ROOT: str(root), **(settings or {})})
    except ValidationError as error:
        problems = describe_errors(error, component.Config, owner=component.name)
        raise RecipeError(f"data set {component.name}", problems) from error
    return cast(Dataset, component(config))


def training_splits(checked: ValidatedRecipe) -> list[Split]:
    """Open the training split of each data set. Raises DataError, also if clips are shorter than a window."""
    recipe, splits = checked.recipe, []
    start, past, future = recipe.train.window_start, recipe.sequence.past, recipe.sequence.future
    for index, (chosen, *_) in enumerate(checked.data):
        try:
            splits.append(chosen.make().split("train"))
        except DataError as error:
            raise DataError(f"data.{index}: {error}" if len(checked.data) > 1 else str(error)) from error
    needed = recipe.window_length + (start if isinstance(start, int) else 0)
    from_start = f" from frame {start}" if start != "random" else ""
    fields = "sequence.past or sequence.future"
    require_lengths(
        ConcatSplit(splits),
        "train",
        Lengths(needed, needed),
        f"training on past {past} + future {future}{from_start}",
        f"lower {'train.window_start, ' if from_start else ''}{fields}, or leave these clips out",
    )
    return splits


def check_readable(checked: ValidatedRecipe, training: Sequence[Split], validation: Split) -> None:
    """Read some clips of each split, except those whose unreadable clips are skipped. Raises DataError."""
    datasets = [*checked.data, checked.data[0]]
    splits = zip([*training, validation], datasets, strict=True)
    spot_check(split for split, dataset in splits if not dataset.tolerates_errors)


def windows_in_epoch(checked: ValidatedRecipe, split: Split) -> int:
    """Count the training windows of an epoch that shows each once."""
    recipe = checked.recipe
    return len(window_starts(split.lengths, recipe.window_length, recipe.train.window_start, recipe.window_stride))


def steps_per_epoch(checked: ValidatedRecipe, windows: int) -> int:
    """Count the optimizer steps of an epoch of this many windows."""
    train = checked.recipe.train
    return steps_in_epoch(windows, train.batch_size, train.accumulate, train.steps_per_epoch)


def read_steps_per_epoch(checked: ValidatedRecipe) -> int:
    """Count the optimizer steps of an epoch; opens the data only if the recipe does not say. Raises DataError."""
    steps = checked.recipe.train.steps_per_epoch
    return steps or steps_per_epoch(checked, windows_in_epoch(checked, ConcatSplit(training_splits(checked))))


def build_training_data(
    checked: ValidatedRecipe, splits: Sequence[Split], dataset: Dataset, device: ComputeDevice
) -> TrainingData:
    """Build the reader of training windows; `dataset` is the first of the recipe's."""
    recipe, train = checked.recipe, ConcatSplit(splits)
    return TrainingData(
        split=train,
        sampler=SamplerSettings(
            length=recipe.window_length,
            batch_size=recipe.train.batch_size,
            seed=recipe.seed,
            start=recipe.train.window_start,
            stride=recipe.window_stride,
            batches=recipe.train.steps_per_epoch and recipe.train.steps_per_epoch * recipe.train.accumulate,
            shares=[(len(split.lengths), data.share) for split, data in zip(splits, checked.data, strict=True)],
        ),
        loader=LoaderSettings(dataset.lead, device.workers(recipe.train.workers), device.pins_memory),
        augmentations=[chosen.make() for chosen in checked.components_in("train.augmentations")],
        tolerated=[clips for clips, data in zip(train.ranges, checked.data, strict=True) if data.tolerates_errors],
    )


def validation_lengths(checked: ValidatedRecipe, split: Split) -> list[int]:
    """Count the frames of each validation clip that are predicted from or measured. Raises DataError."""
    recipe = checked.recipe
    future = recipe.validation.future
    return evaluated_lengths(
        split,
        "validate",
        recipe.sequence.past,
        future or recipe.sequence.future,
        "validating",
        f"lower sequence.past or {'validate' if future else 'sequence'}.future, or leave these clips out",
    )
