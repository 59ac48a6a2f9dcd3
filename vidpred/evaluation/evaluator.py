"""Evaluates a trained model under a protocol. Returns values; what is drawn and written is decided elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor

from vidpred import __version__
from vidpred.contracts.data import Dataset, Split
from vidpred.contracts.metric_info import MAIN_METRIC, metric_info
from vidpred.contracts.model import Model
from vidpred.data.lengths import evaluated_lengths
from vidpred.data.loader import Batch, LoaderSettings, load_batches
from vidpred.data.sampler import WindowIndex, evaluation_batches
from vidpred.data.shuffled_conditions import ShuffledConditions
from vidpred.engine.batch_norm import use_batch_statistics
from vidpred.engine.runner import RolloutRunner
from vidpred.errors import counted
from vidpred.evaluation.computable import ComputableMetrics
from vidpred.evaluation.confidence import confidence_interval
from vidpred.evaluation.posterior_stats import PosteriorStats, measure_posterior
from vidpred.evaluation.previews import CLIPS, FUTURE, predict_samples
from vidpred.evaluation.protocols import BatchNorm, Circumstances, Protocol, format_terms, result_label
from vidpred.evaluation.result import ConditionGap, Result
from vidpred.evaluation.result_schema import ConditionChange
from vidpred.evaluation.scoring import Measures, ProgressCallback, Sampling, Scores, clips_at_once, score

_POSTERIOR_FACTOR = 8  # the posterior needs the features of all frames of a clip at once


@dataclass(frozen=True, kw_only=True)
class EvaluationSettings:
    """How a model is evaluated. `rows`: samples predicted at once; `workers`: processes that read clips."""

    protocol: Protocol
    split_name: str
    seed: int
    batch_norm: BatchNorm
    rows: int
    workers: int


@dataclass(frozen=True, kw_only=True)
class EvaluatedCheckpoint:
    """What a result says about the checkpoint: the name it was asked for by, and how it was trained."""

    name: str
    sha256: str  # of its weights
    past: int  # given frames in training
    precision: str  # of the run's validation
    changed: Sequence[str]  # settings that differ from the recipe's


@dataclass(frozen=True, kw_only=True)
class Evaluator:
    """A trained model, the clips it is evaluated on, and how. All of it was checked: `evaluate` gives the result."""

    model: Model
    runner: RolloutRunner  # with the protocol's past, in float32
    dataset: Dataset
    split: Split
    lengths: Sequence[int]  # frames of each clip that are evaluated
    measured: ComputableMetrics
    settings: EvaluationSettings
    checkpoint: EvaluatedCheckpoint

    @property
    def progress_total(self) -> int:
        """How many samples `evaluate` predicts: all, one with wrong conditions, and one for the posterior."""
        return len(self.lengths) * (self.settings.protocol.samples + 2)

    def evaluate(self, on_progress: ProgressCallback = lambda _: None) -> Result:
        """Predict and measure; `on_progress` is called with the number of samples after every few of them."""
        digest = hashlib.sha256()
        with self._exact_arithmetic():
            scores = self._score(digest, on_progress)
            gap = self._condition_gap(scores, on_progress)
            posterior = self._posterior(on_progress)
        settings, checkpoint = self.settings, self.checkpoint
        terms = self._circumstances(digest.hexdigest()).terms(settings.protocol)
        return Result(
            label=result_label(
                settings.protocol,
                split=settings.split_name,
                checkpoint=checkpoint.name,
                seed=settings.seed,
                batch_norm=settings.batch_norm,
            ),
            protocol=format_terms(terms),
            terms=terms,
            metrics={name: metric_info(metric) for name, metric in self.measured.metrics.items()},
            scores=scores,
            clips=[self.split.describe(clip) for clip in range(len(self.lengths))],
            gap=gap,
            posterior=posterior,
            left_out=self.measured.left_out,
            notes=[*self._notes()],
        )

    def predict_clips(self, result: Result) -> Iterator[tuple[Batch, dict[str, Tensor]]]:
        """Predict the first clips again, for pictures: yield each, and its best, first and worst sample by name.

        Samples are [T-1, C, H, W]. BatchNorm uses its running statistics, as a clip alone has no others.
        """
        best, worst = result.best(MAIN_METRIC), result.worst(MAIN_METRIC)
        past, samples = self.runner.past, self.settings.protocol.samples
        names = [f"best of {samples}", "first sample", f"worst of {samples}"] if samples > 1 else ["prediction"]
        for clip in range(min(CLIPS, len(self.lengths))):
            window_index = WindowIndex(clip, 0, min(self.lengths[clip], past + FUTURE), clip)
            batch = next(load_batches(self.split, [[window_index]], LoaderSettings(self.dataset.lead)))
            numbers = [best[clip], 0, worst[clip]][: len(names)]
            frames = predict_samples(self.model, batch, self.runner, Sampling(self.settings.seed), numbers)[0]
            yield batch, dict(zip(names, frames, strict=True))

    @contextmanager
    def _exact_arithmetic(self) -> Iterator[None]:
        """Real float32: by default, convolutions on GPUs use TensorFloat-32, which depends on the batch size."""
        exact = torch.backends.cudnn.flags(enabled=torch.backends.cudnn.enabled, allow_tf32=False)
        by_batch = self.settings.batch_norm == "batch"
        with exact, use_batch_statistics(self.model) if by_batch else nullcontext():
            yield

    def _batch_size(self, samples: int, frames: int) -> int:
        settings = self.settings
        return settings.rows if settings.batch_norm == "batch" else clips_at_once(samples, settings.rows, frames)

    @property
    def _scoring_batch_size(self) -> int:
        return self._batch_size(self.settings.protocol.samples, max(self.lengths))

    def _load(self, split: Split, batch_size: int) -> Iterator[Batch]:
        batches = evaluation_batches(len(self.lengths), self.lengths, batch_size)
        loader = LoaderSettings(self.dataset.lead, self.settings.workers, self.runner.compute.pins_memory)
        return load_batches(split, batches, loader)

    def _score(self, digest: hashlib._Hash, on_progress: ProgressCallback) -> Scores:
        batches = hash_frames(self._load(self.split, self._scoring_batch_size), digest)
        # with the batch's statistics, samples are predicted one by one: a batch is its clips, not its samples
        rows = self.settings.rows if self.settings.batch_norm == "running" else 1
        sampling = Sampling(self.settings.seed, self.settings.protocol.samples, rows)
        return score(self.model, batches, self.runner, Measures(self.measured.metrics), sampling, on_progress)

    def _condition_gap(self, scores: Scores, on_progress: ProgressCallback) -> ConditionGap | None:
        if 0 in self.dataset.condition.shape:
            return None
        shuffled = ShuffledConditions(self.split)
        measures = Measures({MAIN_METRIC: self.measured.metrics[MAIN_METRIC]}, copies=())
        batches = self._load(shuffled, self._scoring_batch_size)
        wrong_scores = score(self.model, batches, self.runner, measures, Sampling(self.settings.seed), on_progress)
        true = [values.double().mean().item() for values in scores.predicted[MAIN_METRIC]]
        wrong = [values.double().mean().item() for values in wrong_scores.predicted[MAIN_METRIC]]
        difference = confidence_interval([own - other for own, other in zip(true, wrong, strict=True)])
        return ConditionGap(MAIN_METRIC, difference, confidence_interval(wrong), self._condition_change(shuffled))

    def _condition_change(self, shuffled: ShuffledConditions) -> ConditionChange:
        is_reversed = [shuffled.donor(clip, length) is None for clip, length in enumerate(self.lengths)]
        return "reversed" if all(is_reversed) else "shuffled or reversed" if any(is_reversed) else "shuffled"

    def _posterior(self, on_progress: ProgressCallback) -> PosteriorStats | None:
        batches = self._load(self.split, self._batch_size(1, _POSTERIOR_FACTOR * max(self.lengths)))
        return measure_posterior(self.model, batches, self.runner, on_progress)

    def _circumstances(self, frames_hash: str) -> Circumstances:
        settings, checkpoint = self.settings, self.checkpoint
        by_batch = f"batch of {self._scoring_batch_size}"
        return Circumstances(
            past=self.runner.past,
            split=settings.split_name,
            clips=len(self.lengths),
            data=f"{self.dataset.name} {self.dataset.frame} {frames_hash[:12]}",
            metrics={name: metric.terms for name, metric in self.measured.metrics.items()},
            seed=settings.seed,
            batch_norm="running" if settings.batch_norm == "running" else by_batch,
            changed=checkpoint.changed,
            checkpoint=checkpoint.sha256[:12],
            version=__version__,
        )

    def _notes(self) -> Iterator[str]:
        precision, trained = self.runner.compute.precision, self.checkpoint
        if self.runner.past != trained.past:
            given, given_in_training = counted(self.runner.past, "frame"), counted(trained.past, "frame")
            yield f"this protocol gives {given}, but the model was trained with {given_in_training} given"
        if precision != trained.precision:
            yield f"computed in {precision}, validation in {trained.precision}: its figures may differ"


def protocol_lengths(split: Split, name: str, protocol: Protocol, past: int) -> list[int]:
    """Return how many frames of each clip are evaluated.

    Raises DataError if clips are too short, with what is possible.
    """
    possible = min(min(clip) for clip in split.lengths) - past
    remedy = (
        f"the shortest allows --future {possible}"
        if possible > 0
        else "there is nothing to compare a prediction with (`vidpred predict` needs no more)"
    )
    return evaluated_lengths(split, name, past, protocol.future, "evaluating", f"{remedy}, or choose another --split")


def hash_frames(batches: Iterable[Batch], digest: hashlib._Hash) -> Iterator[Batch]:
    """Pass batches through, and add their frames to the digest: results of other frames cannot be compared."""
    for batch in batches:
        digest.update(batch.frames.numpy().tobytes())
        yield batch
