"""The composition root: a checked recipe becomes a model, or a run. Only this file sees everything."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import torch

from vidpred import __version__
from vidpred.contracts.data import Dataset, Lengths, Split
from vidpred.contracts.metric import Metric
from vidpred.contracts.metric_info import metric_info
from vidpred.contracts.model import Model
from vidpred.contracts.schedules import Progress
from vidpred.data.concat import ConcatSplit, alike
from vidpred.data.sampler import evaluated_lengths, long_enough, steps_in_epoch, windows
from vidpred.data.training_windows import TrainingData
from vidpred.engine.batch_norm import can_train_on_one_clip
from vidpred.engine.device import ComputeDevice, compute, explain_out_of_memory
from vidpred.engine.feedback import feedback
from vidpred.engine.optim import LearningRate, optimizer
from vidpred.engine.randomness import seed_of
from vidpred.engine.runner import RolloutRunner
from vidpred.engine.schedules import beta_and_ratio
from vidpred.errors import DataError, Misfit, RecipeError, VidpredError, did_you_mean
from vidpred.plugins.discovery import Plugins
from vidpred.recipe.validation import Checked
from vidpred.report.epoch_artifacts import draw
from vidpred.runs.checkpoints import Checkpoints, find_weights
from vidpred.runs.provenance import environment
from vidpred.runs.weights import load_weights
from vidpred.training.run import Run
from vidpred.training.trainer import Trainer
from vidpred.training.validation import Validation

_CLIPS_READ_FIRST = 64  # of each split, evenly spread: broken data are found before a run folder is made
_PROBLEMS_SHOWN = 5
_MANY_STEPS = 1_000_000  # in an epoch, where the number hangs on the data: no schedule is too long for it


def model_of(checked: Checked, dataset: Dataset, device: str = "cpu") -> Model:
    """The recipe's model, its first weights keyed by the seed and by each part's place. On the device "meta" it has shapes
    and no weights. Raises RecipeError, naming the part, where parts do not fit."""
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
            raise RecipeError(checked.source, [f"{'.'.join(filter(None, ['model', error.slot]))}: {error}"]) from error


def check_fit(checked: Checked) -> Model:
    """What can be told without data: do the parts fit, and the settings each other? Gives the model, without weights."""
    recipe = checked.recipe
    forcing = checked.chosen["forcing"].make()
    figures = {"loss", *metrics_of(checked, "validate")}
    wanted = [("save.best", recipe.save.best), (f"forcing: {forcing.name}", forcing.watches())]
    strangers = [
        f"{who}: {figure!r} is not measured{did_you_mean(figure, figures) or ';'} measured: {', '.join(sorted(figures))}; "
        "validate.metrics chooses what is"
        for who, read in wanted
        for figure in read
        if figure not in figures
    ]
    if strangers:
        raise RecipeError(checked.source, strangers)
    steps = recipe.train.steps_per_epoch or _MANY_STEPS
    beta_and_ratio(
        checked.chosen["annealer"].make(), forcing, recipe.loss.beta_max, Progress(0, recipe.train.epochs, 0, steps)
    )
    datasets: list[Dataset] = [chosen.make() for chosen, *_ in checked.data]
    alike(datasets)
    return model_of(checked, datasets[0], "meta")


def run_of(
    checked: Checked, *, out: Path, device: str = "auto", plugins: Plugins | None = None, command: Sequence[str] = ()
) -> Run:
    """A new run that is ready to start: everything was checked, the data were looked at, and nothing was written."""
    return new_run(checked, _folder(out / checked.recipe.name), device=device, plugins=plugins, command=command)


def new_run(
    checked: Checked, folder: Path, *, device: str = "auto", plugins: Plugins | None = None, command: Sequence[str] = ()
) -> Run:
    """The same, in a folder of this name."""
    run = assembled(checked, folder, device=device, plugins=plugins, command=command)
    return replace(run, environment={**run.environment, "init_from": begin_with(run.model, checked.recipe.init_from)})


def assembled(checked: Checked, folder: Path, *, device: str, plugins: Plugins | None, command: Sequence[str]) -> Run:
    """A run in this folder with its first weights, as the seed makes them."""
    recipe = checked.recipe
    shapes = check_fit(checked)
    place = compute(device, recipe.train.precision, channels_last=recipe.train.channels_last)
    dataset: Dataset = checked.data[0].chosen.make()
    splits, validate = training_splits(checked), dataset.split("validate")
    train, workers, pin = ConcatSplit(splits), place.workers(recipe.train.workers), place.device.type == "cuda"
    _look_at(
        [(split, one.skips) for split, one in zip([*splits, validate], [*checked.data, checked.data[0]], strict=True)]
    )
    shown = len(windows(train.lengths, recipe.length, recipe.train.window_start, recipe.stride))
    _no_lonely_clip(checked, shapes, dataset, shown)
    model = place.place(model_of(checked, dataset))
    runner = make_runner(checked, place)
    steps = steps_in_epoch(shown, recipe.train.batch_size, recipe.train.accumulate, recipe.train.steps_per_epoch)
    used = {chosen.plugin for chosen in checked.chosen.values()}
    return Run(
        folder=folder,
        version=__version__,
        recipe_yaml=checked.as_yaml(),
        recipe=checked.resolved(),
        environment={
            **environment(
                [plugin for plugin in (plugins.found if plugins else ()) if plugin.name in used],
                device=str(place),
                seed=recipe.seed,
                command=command or sys.argv,
            ),
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
            "clips": {"train": len(train.lengths), "validate": len(validate.lengths)},
            "metrics": {
                name: metric_info(metric)._asdict() for name, metric in metrics_of(checked, "validate").items()
            },
        },
        model=model,
        runner=runner,
        trainer=_trainer(checked, model, runner, steps),
        epochs=recipe.train.epochs,
        steps_per_epoch=steps,
        reestimate_batches=recipe.train.reestimate_batches,
        max_skipped=recipe.train.max_skipped,
        data=TrainingData(
            split=train,
            shares=[(len(split.lengths), one.share) for split, one in zip(splits, checked.data, strict=True)],
            lead=dataset.lead,
            length=recipe.length,
            start=recipe.train.window_start,
            stride=recipe.stride,
            batch_size=recipe.train.batch_size,
            batches=recipe.train.steps_per_epoch and recipe.train.steps_per_epoch * recipe.train.accumulate,
            seed=recipe.seed,
            workers=workers,
            pin=pin,
            augmentations=[chosen.make() for chosen in checked.under("train.augmentations")],
            unread=[clips for clips, one in zip(train.ranges, checked.data, strict=True) if one.skips],
        ),
        validation=_validation(checked, validate, dataset.lead, workers, pin),
        checkpoints=checkpoints_of(checked, folder),
        observers=[chosen.make() for chosen in checked.under("observers")],
    )


def _validation(checked: Checked, split: Split, lead: int, workers: int, pin: bool) -> Validation:
    recipe, settings = checked.recipe, checked.recipe.validation
    lengths = evaluated_lengths(
        split,
        "validate",
        recipe.sequence.past,
        settings.future or recipe.sequence.future,
        "validating",
        f"sequence.past or {'validate' if settings.future else 'sequence'}.future",
    )
    metrics, black = metrics_of(checked, "validate"), torch.zeros(1, *checked.data[0].chosen.make().frame.shape)
    for metric in metrics.values():
        metric(black, black)  # one that cannot be had here, as its weights cannot, says so now
    return Validation(
        split=split,
        lengths=lengths,
        lead=lead,
        batch_size=recipe.train.batch_size,
        workers=workers,
        pin=pin,
        skips=checked.data[0].skips,
        every=settings.every,
        seed=settings.seed,
        metrics=metrics,
        preview_every=settings.preview_every,
        preview_samples=settings.preview_samples,
        draw=draw,
    )


def checkpoints_of(checked: Checked, folder: Path) -> Checkpoints:
    """Which checkpoints of this recipe's run stay."""
    save, metrics = checked.recipe.save, metrics_of(checked, "validate")
    best = {figure: figure != "loss" and metrics[figure].higher_is_better for figure in save.best}
    return Checkpoints(folder / "checkpoints", save.every, save.keep, best)


def begin_with(model: Model, init_from: str | None) -> str | None:
    """Load the weights to begin with. Gives the checkpoint that they are from; None where there is none."""
    if init_from is None:
        return None
    try:
        checkpoint = find_weights(init_from)
        load_weights(model, checkpoint)
    except VidpredError as error:
        raise VidpredError(f"init_from: {error}") from error
    return str(checkpoint.resolve())


def training_splits(checked: Checked) -> list[Split]:
    """The training split of each data set, its clips long enough for a window. Raises DataError."""
    recipe, splits = checked.recipe, []
    start, past, future = recipe.train.window_start, recipe.sequence.past, recipe.sequence.future
    needed = recipe.length + (start if isinstance(start, int) else 0)
    fixed = f" from frame {start}" if start != "random" else ""
    for place, (chosen, *_) in enumerate(checked.data):
        try:
            splits.append(chosen.make().split("train"))
        except DataError as error:
            raise DataError(f"data.{place}: {error}" if len(checked.data) > 1 else str(error)) from error
    long_enough(
        ConcatSplit(splits),
        "train",
        Lengths(needed, needed),
        f"training on past {past} + future {future}{fixed}",
        "train.window_start, sequence.past or sequence.future" if fixed else "sequence.past or sequence.future",
    )
    return splits


def make_runner(checked: Checked, place: ComputeDevice) -> RolloutRunner:
    """How every rollout of this recipe is done."""
    recipe = checked.recipe
    settings = recipe.feedback
    change = checked.chosen["feedback.filter"].make() if "feedback.filter" in checked.chosen else None
    train, evaluation = (
        feedback(
            detach=settings.detach,
            clamp=settings.clamp,
            change=change if settings.filter_in in ("both", phase) else None,
        )
        for phase in ("training", "evaluation")
    )
    window = None if recipe.sequence.window == "auto" else recipe.sequence.window
    return RolloutRunner(recipe.sequence.past, place, recipe.sequence.last_frame_skip, window, train, evaluation)


def _trainer(checked: Checked, model: Model, runner: RolloutRunner, steps: int) -> Trainer:
    recipe, chosen = checked.recipe, checked.chosen
    stepper = optimizer(model.parameters(), **recipe.optimizer.model_dump())
    trainer = Trainer(
        model=model,
        runner=runner,
        objective=chosen["loss.objective"].make(),
        annealer=chosen["annealer"].make(),
        forcing=chosen["forcing"].make(),
        beta_max=recipe.loss.beta_max,
        optimizer=stepper,
        learning_rate=LearningRate(
            stepper, epochs=recipe.train.epochs, steps_per_epoch=steps, **recipe.scheduler.model_dump()
        ),
        metrics=metrics_of(checked, "train"),
        seed=recipe.seed,
        accumulate=recipe.train.accumulate,
        clip_grad_norm=recipe.train.clip_grad_norm,
    )
    trainer.schedules(Progress(0, recipe.train.epochs, 0, steps))  # what does not fit the run says so now
    return trainer


def metrics_of(checked: Checked, section: str) -> Mapping[str, Metric]:
    """The metrics of `train` or `validate`, by name."""
    return {chosen.component.name: chosen.make() for chosen in checked.under(f"{section}.metrics")}


def _look_at(splits: Sequence[tuple[Split, bool]]) -> None:
    """Read some clips of each split whole, but for those whose clips may be skipped. Raises DataError with what is wrong."""
    found = []
    for split in [split for split, skips in splits if not skips]:
        count = len(split.lengths)
        found += list(
            split.problems(
                [place * count // _CLIPS_READ_FIRST for place in range(_CLIPS_READ_FIRST)]
                if count > _CLIPS_READ_FIRST
                else range(count)
            )
        )
    found = list(dict.fromkeys(found))
    if found:
        more = [f"… and {len(found) - _PROBLEMS_SHOWN} more"] if len(found) > _PROBLEMS_SHOWN else []
        raise DataError(
            "\n  ".join(["the data cannot be used:", *found[:_PROBLEMS_SHOWN], *more]) if len(found) > 1 else found[0]
        )


def _no_lonely_clip(checked: Checked, shapes: Model, dataset: Dataset, clips: int) -> None:
    """A batch of one clip cannot train BatchNorm, and the last batch of an epoch may be one."""
    train = checked.recipe.train
    last = clips % train.batch_size if train.steps_per_epoch is None else 0
    if 1 not in (train.batch_size, last) or can_train_on_one_clip(shapes, dataset.frame, dataset.condition):
        return
    why = (
        "is 1"
        if train.batch_size == 1
        else (
            f"{clips} training {'windows' if checked.recipe.stride else 'clips'} in batches of {train.batch_size} leave a last batch of one clip"
        )
    )
    raise RecipeError(
        checked.source,
        [
            f"train.batch_size: {why}, and BatchNorm cannot learn from a single clip; "
            f"{'use 2 or more' if train.batch_size == 1 else 'change it, or set train.steps_per_epoch, which repeats clips in full batches'}"
        ],
    )


def _folder(parent: Path) -> Path:
    """A run folder, named by date and time. Raises VidpredError where none can be made."""
    there = next(path for path in (parent, *parent.parents) if os.path.exists(path))
    if not (there.is_dir() and os.access(there, os.W_OK)):
        why = "you may not write there" if there.is_dir() else "it is not a folder"
        raise VidpredError(f"{there}: no run folder can be made in it: {why}; give another with --out")
    return parent / datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")
