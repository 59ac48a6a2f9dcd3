"""A trained model under a protocol: what is measured, on which clips, and where the result goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from vidpred import __version__
from vidpred.contracts.data import Dataset, Split
from vidpred.contracts.metric import Metric
from vidpred.contracts.metric_info import metric_info, recorded_metric_info
from vidpred.contracts.model import Model
from vidpred.data.loader import Batch, LoaderSettings, load_batches
from vidpred.data.sampler import WindowIndex, evaluation_batches
from vidpred.data.shuffled_conditions import ShuffledConditions
from vidpred.engine.batch_norm import use_batch_statistics
from vidpred.engine.runner import RolloutRunner
from vidpred.errors import DataError, VidpredError, counted
from vidpred.evaluation.confidence import figure
from vidpred.evaluation.evaluate import evaluate
from vidpred.evaluation.posterior_stats import PosteriorStats, health
from vidpred.evaluation.previews import CLIPS, FUTURE, futures
from vidpred.evaluation.protocols import BatchNorm, Protocol, label, terms, text
from vidpred.evaluation.result import Gap, Result
from vidpred.evaluation.result_folder import written
from vidpred.evaluation.result_schema import How
from vidpred.evaluation.scoring import Measured, ProgressCallback, clips_at_once, measure
from vidpred.plots.evaluation import draw_frame_curves
from vidpred.plots.gifs import write_clip_gif

FIRST = "psnr"  # always measured: clips are shown, and conditions are weighed, by it


@dataclass(frozen=True)
class Evaluation:
    """Everything that an evaluation needs, checked: `measure` it, then `write` what was found into the run's folder."""

    run: Path
    checkpoint: str
    sha256: str  # of its weights
    model: Model
    dataset: Dataset
    runner: RolloutRunner  # with the protocol's past, in float32
    trained_past: int
    validated_in: str  # the precision of the run's own validation
    protocol: Protocol
    split_name: str
    split: Split
    lengths: Sequence[int]  # frames of each clip that are evaluated
    metrics: Mapping[str, Metric]
    left_out: Mapping[str, str]  # metrics that cannot be computed here, and why
    seed: int
    batch_norm: BatchNorm
    rows: int
    workers: int
    changed: Sequence[str]

    @property
    def futures(self) -> int:
        """How many futures `measure` predicts: every sample, one with wrong conditions, one to look at the posterior."""
        return len(self.lengths) * (self.protocol.samples + 2)

    def measure(self, told: ProgressCallback = lambda _: None) -> Result:
        """Predict and measure. `told` hears of every few futures that are done."""
        with self._mode():
            measured = self._measured(told)
            gap = self._gap(measured, told)
            posterior = self._posterior(told)
        about = terms(
            self.protocol,
            past=self.runner.past,
            split=self.split_name,
            clips=len(self.lengths),
            seed=self.seed,
            data=f"{self.dataset.name} {self.dataset.frame} {measured.frames[:12]}",
            metrics={name: one.terms for name, one in self.metrics.items()},
            batch_norm="running" if self.batch_norm == "running" else f"batch of {self._clips_at_once()}",
            changed=self.changed,
            checkpoint=self.sha256[:12],
            version=__version__,
        )
        return Result(
            label(
                self.protocol,
                split=self.split_name,
                checkpoint=self.checkpoint,
                seed=self.seed,
                batch_norm=self.batch_norm,
            ),
            text(about),
            about,
            {name: metric_info(metric) for name, metric in self.metrics.items()},
            measured,
            [self.split.describe(clip) for clip in range(len(self.lengths))],
            gap,
            posterior,
            self.left_out,
            [*self._notes()],
        )

    def write(self, result: Result) -> Path:
        """Write result.json, tables and pictures into RUN/eval/<label>, whose older result they replace. Raises VidpredError."""
        return written(self.run, result, lambda folder: self._draw(folder, result))

    @contextmanager
    def _mode(self) -> Iterator[None]:
        """float32 as it is written: on GPUs, convolutions would compute in TensorFloat-32, whose figures hang on the batch size."""
        exact = torch.backends.cudnn.flags(enabled=torch.backends.cudnn.enabled, allow_tf32=False)
        with exact, nullcontext() if self.batch_norm == "running" else use_batch_statistics(self.model):
            yield

    def _clips_at_once(self) -> int:
        return (
            self.rows
            if self.batch_norm == "batch"
            else clips_at_once(self.protocol.samples, self.rows, max(self.lengths))
        )

    def _batches(self, split: Split, clips: int) -> Iterator[Batch]:
        window_indices = evaluation_batches(len(self.lengths), self.lengths, clips)
        loader = LoaderSettings(self.dataset.lead, self.workers, self.runner.compute.pins_memory)
        return load_batches(split, window_indices, loader)

    def _measured(self, told: ProgressCallback) -> Measured:
        batches = self._batches(self.split, self._clips_at_once())
        rows = (
            self.rows if self.batch_norm == "running" else 1
        )  # the batch's statistics are those of its clips, not of its samples
        return measure(
            self.model,
            batches,
            self.runner,
            self.metrics,
            samples=self.protocol.samples,
            rows=rows,
            seed=self.seed,
            told=told,
        )

    def _gap(self, measured: Measured, told: ProgressCallback) -> Gap | None:
        if 0 in self.dataset.condition.shape:
            return None
        others = ShuffledConditions(self.split)
        batches = _counted(self._batches(others, self._clips_at_once()), told)
        wrong = evaluate(self.model, batches, self.runner, {FIRST: self.metrics[FIRST]}, seed=self.seed).predicted[
            FIRST
        ]
        means = [
            (own[0].double().mean().item(), other.double().mean().item())
            for own, other in zip(measured.samples[FIRST], wrong, strict=True)
        ]
        alone = [others.donor(clip, length) is None for clip, length in enumerate(self.lengths)]
        how: How = "reversed" if all(alone) else "shuffled or reversed" if any(alone) else "shuffled"
        return Gap(FIRST, figure([own - other for own, other in means]), figure([other for _, other in means]), how)

    def _posterior(self, told: ProgressCallback) -> PosteriorStats | None:
        clips = (
            self._clips_at_once() if self.batch_norm == "batch" else clips_at_once(1, self.rows, 8 * max(self.lengths))
        )
        return health(self.model, _counted(self._batches(self.split, clips), told), self.runner)

    def _notes(self) -> Iterator[str]:
        here = self.runner.compute.precision
        if self.runner.past != self.trained_past:
            gives, given = counted(self.runner.past, "frame"), counted(self.trained_past, "frame")
            yield f"this protocol gives {gives}, but the model was trained with {given} given"
        if here != self.validated_in:
            yield f"computed in {here}, validation in {self.validated_in}: its figures may differ"

    def _draw(self, folder: Path, result: Result) -> None:
        rows = [row for row in result.per_frame() if row["metric"] == FIRST]
        shown = {column: [row[column] for row in rows] for column in result.figures[FIRST]}
        info = recorded_metric_info(None, FIRST)
        samples, past = self.protocol.samples, result.past
        draw_frame_curves(folder / "psnr_per_frame.png", info, shown, samples=samples, past=past)
        best, worst = result.best(FIRST), result.worst(FIRST)
        for clip in range(min(CLIPS, len(self.lengths))):
            self._gif(folder / "clips" / f"{clip}.gif", clip, [best[clip], 0, worst[clip]])

    def _gif(self, path: Path, clip: int, numbers: Sequence[int]) -> None:
        """One clip: truth, its conditions where they can be looked at, and its best, first and worst sample, predicted again; by
        BatchNorm's running statistics, as a clip by itself has no others."""
        past, samples = self.runner.past, self.protocol.samples
        window_index = WindowIndex(clip, 0, min(self.lengths[clip], past + FUTURE), clip)
        batch = next(load_batches(self.split, [[window_index]], LoaderSettings(self.dataset.lead)))
        names = [f"best of {samples}", "first sample", f"worst of {samples}"] if samples > 1 else ["prediction"]
        made = futures(self.model, batch, self.runner, seed=self.seed, numbers=numbers[: len(names)])[0]
        truth, conditions = batch.frames[0].float() / 255, batch.conditions[0]
        columns: dict[str, Tensor] = {"truth": truth}
        if conditions.shape[1:] == truth.shape[1:]:
            columns["condition"] = conditions
        write_clip_gif(
            path,
            columns
            | {name: torch.cat([truth[:past], frames[past - 1 :]]) for name, frames in zip(names, made, strict=True)},
            past,
            f"{self.split_name} {clip}",
        )


def evaluated(split: Split, name: str, protocol: Protocol, past: int) -> list[int]:
    """Frames of each clip that are evaluated. Raises DataError where clips are too short, saying what there is."""
    least = past + (1 if protocol.future == "all" else protocol.future)
    long = [min(has) for has in split.lengths]
    short = [clip for clip, frames in enumerate(long) if frames < least]
    if not short:
        return long if protocol.future == "all" else [least] * len(long)
    first, room = short[0], min(long) - past
    has = split.lengths[first]
    raise DataError(
        f"{name}: {past} given and {protocol.future} predicted frames need clips of {least} frames{' or more' if protocol.future == 'all' else ''}, "
        f"but {len(short)} of {len(long)} are shorter: {split.describe(first)} has {counted(has.frames, 'frame')} and "
        f"{counted(has.conditions, 'condition')}; "
        + (
            f"the shortest allows --future {room}"
            if room > 0
            else "there is nothing to compare a prediction with (`vidpred predict` needs no more)"
        )
        + ", or choose another --split"
    )


def computable(
    metrics: Mapping[str, Metric], dataset: Dataset, device: torch.device
) -> tuple[dict[str, Metric], dict[str, str]]:
    """Those of these metrics that can be computed here, tried on a black frame; and what is wrong with the others."""
    black, there, left_out = torch.zeros(1, *dataset.frame.shape, device=device), dict(metrics), {}
    for name, metric in metrics.items():
        try:
            metric(black, black)
        except VidpredError as error:
            left_out[name] = str(error)
            del there[name]
    return there, left_out


def _counted(batches: Iterator[Batch], told: ProgressCallback) -> Iterator[Batch]:
    for batch in batches:
        yield batch
        told(len(batch.window_indices))
