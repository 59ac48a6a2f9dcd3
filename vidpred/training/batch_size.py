"""Batches of a single clip, from which BatchNorm cannot learn."""

from __future__ import annotations

from vidpred.contracts.data import Dataset
from vidpred.contracts.model import Model
from vidpred.engine.batch_norm import can_train_on_one_clip
from vidpred.errors import RecipeError
from vidpred.recipe.validation import ValidatedRecipe


def check_batch_size(checked: ValidatedRecipe, model: Model, dataset: Dataset, windows: int) -> None:
    """Raise RecipeError if an epoch has a batch of one clip, which the model's BatchNorm cannot learn from.

    `model` may be on the device "meta".
    """
    train = checked.recipe.train
    last_batch = windows % train.batch_size if train.steps_per_epoch is None else 0
    if 1 not in (train.batch_size, last_batch) or can_train_on_one_clip(model, dataset.frame, dataset.condition):
        return
    if train.batch_size == 1:
        reason, remedy = "is 1", "use 2 or more"
    else:
        unit = "windows" if checked.recipe.window_stride else "clips"
        reason = f"{windows} training {unit} in batches of {train.batch_size} leave a last batch of one clip"
        remedy = "change it, or set train.steps_per_epoch, which repeats clips in full batches"
    raise RecipeError(
        checked.source, [f"train.batch_size: {reason}, and BatchNorm cannot learn from a single clip; {remedy}"]
    )
