"""What a run measures and draws after an epoch: free-running predictions of the validation clips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vidpred.contracts.data import Split
from vidpred.contracts.metric import Metric
from vidpred.contracts.model import Model
from vidpred.data.loader import Batch, LoaderSettings, UnreadHandler, load_batches
from vidpred.data.sampler import Batches, evaluation_batches
from vidpred.engine.runner import RolloutRunner
from vidpred.errors import DataError
from vidpred.evaluation import previews
from vidpred.evaluation.evaluate import Scores, evaluate
from vidpred.evaluation.preview_types import Draw, PerFrame, Pictures
from vidpred.runs.history import History


@dataclass(frozen=True)
class Validation:
    """What is measured, on what, and how often."""

    split: Split
    lengths: Sequence[int]  # frames of each clip that count
    batch_size: int
    loader: LoaderSettings
    skips: bool  # clips that cannot be read
    every: int
    seed: int
    metrics: Mapping[str, Metric]
    preview_every: int
    preview_samples: int
    draw: Draw

    def batches(self, report: UnreadHandler) -> Iterator[Batch]:
        """Every clip, from its first frame on."""
        return self._read(evaluation_batches(len(self.lengths), self.lengths, self.batch_size), report)

    def measure(self, model: Model, runner: RolloutRunner, batches: Iterator[Batch]) -> Scores:
        """Raises DataError where not one clip could be read."""
        scores = evaluate(model, batches, runner, self.metrics, seed=self.seed)
        if not scores.predicted["loss"]:
            raise DataError("not one validation clip could be read")
        return scores

    def pictures(
        self,
        folder: Path,
        model: Model,
        runner: RolloutRunner,
        history: History,
        per_frame: PerFrame | None,
        report: UnreadHandler,
    ) -> Path:
        """Draw the first clips and the curves, after the last epoch of the history. Gives the preview."""
        clips = min(previews.CLIPS, len(self.lengths))
        frames = min(runner.past + previews.FUTURE, *self.lengths[:clips])
        batch = next(self._read(evaluation_batches(clips, frames, clips), report))
        preview = previews.preview(
            model, batch, runner, seed=self.seed, samples=self.preview_samples, length=min(self.lengths[:clips])
        )
        return self.draw(folder, Pictures(history[-1]["epoch"], preview, tuple(history), per_frame))

    def _read(self, windows: Batches, report: UnreadHandler) -> Iterator[Batch]:
        return load_batches(self.split, windows, self.loader, on_unread=report)
