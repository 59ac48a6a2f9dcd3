"""The one loop that measures: predict samples of every clip, and compare each predicted frame with the true one.

Validation is the same with one sample, and the loss beside the metrics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean

import torch
from torch import Tensor

from vidpred.contracts.metric import Metric
from vidpred.contracts.metric_info import LOSS
from vidpred.contracts.model import Model
from vidpred.contracts.nested import spread
from vidpred.contracts.tensors import Clip, at_least_float32
from vidpred.data.loader import Batch
from vidpred.engine.plan import batched
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.rollout import LookAheadCache
from vidpred.engine.runner import RolloutRunner
from vidpred.evaluation.result_schema import COPIES

ProgressCallback = Callable[[int], None]  # called with the number of samples just measured
ScoresByMetric = Mapping[str, Sequence[Tensor]]  # by metric, then by clip
_LOOK_AHEAD_FACTOR = 8  # given frames and conditions may be this many times the rows: they take little beside a rollout


@dataclass(frozen=True)
class Measures:
    """What is measured on every predicted frame.

    `loss`: the squared error of the frames as predicted, before clamping, as "loss". `copies`: copied given frames
    whose metrics are measured too.
    """

    metrics: Mapping[str, Metric]
    loss: bool = False
    copies: Sequence[str] = COPIES

    @classmethod
    def of_validation(cls, metrics: Mapping[str, Metric]) -> Measures:
        """The metrics and the loss, beside copying the last given frame."""
        return cls(metrics, loss=True, copies=("copy_last",))

    @property
    def names(self) -> list[str]:
        return [*((LOSS,) if self.loss else ()), *self.metrics]

    def of_frames(self, frames: Tensor, truth: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Yield each measure's name and its value per frame, [N]; `frames` [N, C, H, W] as predicted."""
        if self.loss:
            yield LOSS, (frames - truth).square().flatten(1).mean(1)
        clamped = frames.clamp(0, 1)
        for name, metric in self.metrics.items():
            yield name, metric(clamped, truth)


@dataclass(frozen=True)
class Sampling:
    """How many samples of each clip are drawn, with which seed, and how many (`rows`) at once; None: all of a batch."""

    seed: int
    samples: int = 1
    rows: int | None = None

    def chunks(self, clips: int) -> Iterator[Sequence[int]]:
        """Split the sample numbers into chunks of at most `rows` for this many clips, as equal as possible."""
        count = 1 if self.rows is None else ceil(self.samples / max(1, self.rows // clips))
        return batched(range(self.samples), ceil(self.samples / count))

    def noise(self, batch: Batch, numbers: Sequence[int]) -> KeyedNoise:
        """Return the noise of these samples of each clip. It depends on the seed, the clip, and the sample's number."""
        return KeyedNoise(
            [
                (self.seed, "evaluate", window_index.clip, window_index.start, number)
                for window_index in batch.window_indices
                for number in numbers
            ]
        )


@dataclass(frozen=True)
class Scores:
    """What was measured on every predicted frame, float32 on the CPU.

    `samples`: [N, frames] for each clip, by measure. `copies`: [frames] for each clip, by copy, then by metric.
    """

    samples: ScoresByMetric
    copies: Mapping[str, ScoresByMetric]

    @property
    def predicted(self) -> ScoresByMetric:
        """The first sample's: [frames] for each clip."""
        return {name: [samples[0] for samples in clips] for name, clips in self.samples.items()}

    @property
    def copy_last(self) -> ScoresByMetric:
        """Those of copying the last given frame: [frames] for each clip."""
        return self.copies["copy_last"]

    def record(self) -> dict[str, object]:
        """Return the first sample's means over frames, then over clips, as a run records them."""
        return {**_means(self.predicted), "copy_last": _means(self.copy_last)}


def clips_at_once(samples: int, rows: int, frames: int) -> int:
    """Return the clips of a batch, at least one, so that all their samples are at most `rows` rows.

    What is read and computed ahead (`frames` of each clip) stays small beside them.
    """
    return max(1, min(rows // samples, _LOOK_AHEAD_FACTOR * rows // frames))


def score(
    model: Model,
    batches: Iterable[Batch],
    runner: RolloutRunner,
    measures: Measures,
    sampling: Sampling,
    on_progress: ProgressCallback = lambda _: None,
) -> Scores:
    """Predict samples of every clip, and measure each predicted frame.

    Latents are drawn from the prior, those of given frames from the posterior. Beyond rounding, neither the batch size
    nor `sampling.rows` changes a value.
    """
    samples: dict[str, list[Tensor]] = {name: [] for name in measures.names}
    copies: dict[str, dict[str, list[Tensor]]] = {
        copy: {name: [] for name in measures.metrics} for copy in measures.copies
    }
    for batch in batches:
        clip = batch.clip(runner.compute.device)
        chunks = []
        for numbers, values in _score_chunks(model, batch, clip, runner, measures, sampling):
            chunks.append(values)
            on_progress(len(batch.window_indices) * len(numbers))
        for name in samples:
            samples[name] += torch.cat([values[name] for values in chunks], 1)
        for copy, by_metric in copies.items():
            frame = clip.frames[:, 0 if copy == "copy_first" else runner.past - 1]
            for name, metric in measures.metrics.items():
                by_metric[name] += _score_copy(frame, clip.frames[:, runner.past :], metric)
    return Scores(samples, copies)


def _score_chunks(
    model: Model, batch: Batch, clip: Clip, runner: RolloutRunner, measures: Measures, sampling: Sampling
) -> Iterator[tuple[Sequence[int], dict[str, Tensor]]]:
    """Yield the sample numbers of each chunk, and their values by measure: [B, n, frames] on the CPU."""
    chunks = list(sampling.chunks(len(batch.window_indices)))
    ahead: LookAheadCache | None = {} if len(chunks) > 1 else None  # given frames are encoded once for all chunks
    for numbers in chunks:
        columns: dict[str, list[Tensor]] = {name: [] for name in measures.names}
        noise = sampling.noise(batch, numbers)
        for stretch in runner.predict(model, clip, noise, samples=len(numbers), ahead=ahead):
            for step, frames in zip(stretch.steps, at_least_float32(stretch.frames).unbind(1), strict=True):
                if step.scored:
                    truth = spread(clip.frames[:, step.t], len(numbers))
                    for name, value in measures.of_frames(frames, truth):
                        columns[name].append(value)
        shape = (len(batch.window_indices), len(numbers), -1)
        yield numbers, {name: torch.stack(column, 1).view(shape).cpu() for name, column in columns.items()}


def _score_copy(frame: Tensor, truths: Tensor, metric: Metric) -> Tensor:
    """Compare one given frame with each true frame to predict: [B, frames] on the CPU."""
    return torch.stack([metric(frame, truth) for truth in truths.unbind(1)], 1).cpu()


def _means(scores: ScoresByMetric) -> dict[str, float]:
    return {name: fmean(row.double().mean().item() for row in rows) for name, rows in scores.items()}
