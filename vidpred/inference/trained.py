"""A trained model from its run folder: to predict with, and to measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from vidpred.assembly.model import build_metrics, build_model, build_named_metrics, build_runner
from vidpred.contracts.base import is_data_root
from vidpred.contracts.data import Dataset, Lengths, SplitName
from vidpred.contracts.metric import Metric
from vidpred.contracts.metric_info import MAIN_METRIC
from vidpred.contracts.model import Model
from vidpred.contracts.tensors import Clip, at_least_float32
from vidpred.data.lengths import evaluated_lengths, require_lengths
from vidpred.data.loader import LoaderSettings, load_batches
from vidpred.data.sampler import WindowIndex, evaluation_batches
from vidpred.data.shuffled_conditions import ShuffledConditions
from vidpred.engine.device import select_device
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.runner import RolloutRunner
from vidpred.errors import VidpredError
from vidpred.evaluation.computable import computable_metrics
from vidpred.evaluation.evaluator import EvaluatedCheckpoint, EvaluationSettings, Evaluator, protocol_lengths
from vidpred.evaluation.protocols import BatchNorm, Future, select_protocol
from vidpred.evaluation.result import Result
from vidpred.evaluation.result_folder import write_result
from vidpred.evaluation.scoring import Measures, Sampling, Scores, score
from vidpred.plugins.discovery import discover
from vidpred.plugins.registry import Registry
from vidpred.recipe.loading import load_recipe
from vidpred.recipe.validation import ValidatedRecipe, validate_recipe
from vidpred.runs.checkpoints import find_checkpoint
from vidpred.runs.layout import RunFolder
from vidpred.runs.manifest import weights_sha256
from vidpred.runs.provenance import check_plugins, recorded_precision
from vidpred.runs.weights import load_weights

METRICS = ("psnr", "psnr_channel", "ssim", "mse")  # measured by default: they need no download
ROWS = {"cpu": 32, "cuda": 256}  # samples predicted at once; more were slower on a CPU


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A trained model, and everything that its recipe says about it."""

    checked: ValidatedRecipe
    model: Model  # in eval mode, on the device
    dataset: Dataset  # the first of the recipe's
    runner: RolloutRunner
    registry: Registry
    run: Path
    checkpoint: Path  # its folder, links resolved
    checkpoint_name: str  # as given to `load`: last, best_psnr, epoch_0009, …
    overrides: Sequence[str] = ()  # those of --set that change more than where data lie

    def clip(self, split: SplitName = "test", index: int = 0, *, start: int = 0, length: int | None = None) -> Clip:
        """Read one window of the recipe's data as a batch of one.

        It has `length` conditions from `start` on, and those frames of the same steps that exist, at least `past`. The
        default length is past + future as in validation; all conditions if validation predicts to the end.
        Raises VidpredError.
        """
        clips = self.dataset.split(split)
        if not 0 <= index < len(clips.lengths):
            raise VidpredError(f"{split} has clips 0 to {len(clips.lengths) - 1}, but no clip {index}")
        past, future = self.runner.past, self.checked.recipe.validation_future
        if not length:
            length = clips.lengths[index].conditions - start if future == "all" else past + future
        require_lengths(
            clips,
            split,
            Lengths(start + past, start + length),
            "this window",
            "lower start or length, or leave these clips out",
            [index],
        )
        window_index = WindowIndex(index, start, length, 0)
        batch = next(load_batches(clips, [[window_index]], LoaderSettings(self.dataset.lead)))
        return batch.clip(self.runner.compute.device)

    def predict(self, clip: Clip, *, seed: int = 0, samples: int = 1, first: int = 0) -> Tensor:
        """Predict frames 1 .. T-1 of `samples` futures of each clip: [B * samples, T-1, C, H, W] in [0, 1].

        T is the number of conditions [B, T, ...]: conditions[:, t] is what is known when frame t is predicted. Of
        `clip.frames` [B, T' >= past, C, H, W], float in [0, 1], only the first `past` are read. Row b * samples + n is
        sample n of clip b. The noise depends on `seed` and on the index of each clip in its split: `first`,
        `first` + 1, … Raises VidpredError if the clip does not fit the model.
        """
        self._check_clip(clip)
        device = self.runner.compute.device
        clips = range(first, first + len(clip.frames))
        keys = [(seed, "evaluate", index, 0, sample) for index in clips for sample in range(samples)]
        on_device = Clip(clip.frames.to(device), clip.conditions.to(device))
        stretches = self.runner.predict(self.model, on_device, KeyedNoise(keys), samples=samples)
        return torch.cat([at_least_float32(stretch.frames).clamp(0, 1) for stretch in stretches], 1)

    def _check_clip(self, clip: Clip) -> None:
        """Raise VidpredError if a clip is not what the model reads."""
        past, frame, condition = self.runner.past, self.dataset.frame.shape, self.dataset.condition.shape
        frames, conditions = tuple(clip.frames.shape), tuple(clip.conditions.shape)
        fits = (
            min(len(frames), len(conditions)) > 2
            and frames[0] == conditions[0]
            and (frames[2:], conditions[2:]) == (frame, condition)
            and min(frames[1], conditions[1] - 1) >= past
        )
        if not fits:
            needed = (
                f"frames [B, at least {past}, {', '.join(map(str, frame))}] and "
                f"conditions [B, T, {', '.join(map(str, condition))}], T more than {past}"
            )
            raise VidpredError(f"clip: needs {needed}; got frames {list(frames)}, conditions {list(conditions)}")
        if not clip.frames.is_floating_point():
            raise VidpredError(f"clip: frames are float in [0, 1], but these are {clip.frames.dtype}; divide by 255")

    def validate(
        self,
        split: SplitName = "validate",
        *,
        future: Future | None = None,
        seed: int = 0,
        shuffle_conditions: bool = False,
    ) -> Scores:
        """Measure the recipe's validation metrics on every clip of a split, as training does.

        `shuffle_conditions` predicts each clip with another clip's conditions. To compare models, use `evaluator`.
        Raises DataError.
        """
        clips = self.dataset.split(split)
        lengths = evaluated_lengths(
            clips,
            split,
            self.runner.past,
            future or self.checked.recipe.validation_future,
            "evaluating",
            "lower future, or leave these clips out",
        )
        batches = evaluation_batches(len(lengths), lengths, self.checked.recipe.train.batch_size)
        if shuffle_conditions:
            clips = ShuffledConditions(clips)
        loaded = load_batches(clips, batches, LoaderSettings(self.dataset.lead))
        measures = Measures.of_validation(build_metrics(self.checked, "validate"))
        return score(self.model, loaded, self.runner, measures, Sampling(seed))

    def evaluator(
        self,
        protocol: str | None = None,
        *,
        split: SplitName | None = None,
        future: Future | None = None,
        samples: int | None = None,
        metrics: Sequence[str] = METRICS,
        seed: int = 0,
        batch_norm: BatchNorm = "running",
        rows: int | None = None,
    ) -> Evaluator:
        """Return an evaluator under a named protocol, or one with the recipe's past, `future` and `samples`.

        `future` is that of validation by default. `.evaluate()` returns a Result, which `write_result` writes. It
        computes in float32, whatever the precision of training, `rows` samples at once; beyond rounding, no value
        depends on the batch size. Raises VidpredError.
        """
        recipe = self.checked.recipe
        selected = select_protocol(
            protocol, past=self.runner.past, future=future, samples=samples, trained_on=recipe.validation_future
        )
        past, name = selected.past or self.runner.past, split or selected.split
        clips = self.dataset.split(name)  # type: ignore[arg-type]
        compute = replace(self.runner.compute, dtype=torch.float32)
        # The batch's statistics are those of one step.
        steps_per_call = 1 if batch_norm == "batch" else self.runner.steps_per_call
        default_rows = ROWS[compute.device.type] if batch_norm == "running" else recipe.train.batch_size
        settings = EvaluationSettings(
            protocol=selected,
            split_name=name,
            seed=seed,
            batch_norm=batch_norm,
            rows=rows or default_rows,
            workers=compute.workers(recipe.train.workers),
        )
        return Evaluator(
            model=self.model,
            runner=replace(self.runner, past=past, compute=compute, steps_per_call=steps_per_call),
            dataset=self.dataset,
            split=clips,
            lengths=protocol_lengths(clips, name, selected, past),
            measured=computable_metrics(self._build_metrics(metrics), self.dataset.frame, compute.device),
            settings=settings,
            checkpoint=self._evaluated_checkpoint(),
        )

    def write_result(self, evaluator: Evaluator, result: Result) -> Path:
        """Write result.json, tables and pictures into RUN/eval/<label>, replacing an older result of that label.

        Returns the folder. Raises VidpredError.
        """
        from vidpred.plots.evaluation import draw_result  # matplotlib is imported only if something is drawn

        return write_result(self.run, result, lambda folder: draw_result(folder, evaluator, result))

    def _build_metrics(self, names: Sequence[str]) -> Mapping[str, Metric]:
        return build_named_metrics(self.checked, self.registry, [MAIN_METRIC, *names])

    def _evaluated_checkpoint(self) -> EvaluatedCheckpoint:
        recorded = recorded_precision(RunFolder(self.run).read_provenance())
        return EvaluatedCheckpoint(
            name=self.checkpoint_name,
            sha256=weights_sha256(self.checkpoint),
            past=self.runner.past,
            precision=recorded or self.runner.compute.precision,
            changed=self.overrides,
        )


def load(
    run: Path | str,
    checkpoint: str = "last",
    *,
    device: str = "auto",
    plugins: Sequence[Path] = (),
    overrides: Sequence[str] = (),
) -> Trained:
    """Load the trained model of a run folder, in eval mode. Raises VidpredError."""
    folder = RunFolder(Path(run))
    checkpoint_folder = find_checkpoint(folder.path, checkpoint)
    folder.require_recipe()
    available = discover(plugins)
    check_plugins(folder.path, folder.read_provenance(), available)
    checked = validate_recipe(load_recipe(folder.recipe_path, overrides), available.registry)
    train = checked.recipe.train
    compute_device = select_device(device, train.precision, channels_last=train.channels_last)
    dataset: Dataset = checked.data[0].chosen.make()
    model = build_model(checked, dataset)
    load_weights(model, checkpoint_folder)
    return Trained(
        checked=checked,
        model=compute_device.move(model).eval(),
        dataset=dataset,
        runner=build_runner(checked, compute_device),
        registry=available.registry,
        run=folder.path,
        checkpoint=checkpoint_folder.resolve(),
        checkpoint_name=checkpoint,
        overrides=[override for override in overrides if not is_data_root(override.partition("=")[0].strip())],
    )
