"""Validate a model during training: free-running predictions of the validation clips, and previews of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from vidpred.contracts.data import Split
from vidpred.contracts.metric import Metric
from vidpred.contracts.model import Model
from vidpred.data.loader import Batch, LoaderSettings, UnreadHandler, load_batches, tolerate_unread
from vidpred.data.sampler import Batches, evaluation_batches
from vidpred.engine.runner import RolloutRunner
from vidpred.errors import DataError
from vidpred.evaluation import previews
from vidpred.evaluation.preview_types import Draw, Pictures
from vidpred.evaluation.scoring import Measures, Sampling, Scores, score
from vidpred.recipe.schema import Validate
from vidpred.training.run_state import RunState


@dataclass(frozen=True, kw_only=True)
class ValidationData:
    """The validation clips, and how they are read.

    Attributes:
        split: the clips.
        lengths: for each clip, the number of frames that count.
        tolerates_errors: whether clips that cannot be read are left out.
    """

    split: Split
    lengths: Sequence[int]
    batch_size: int
    loader: LoaderSettings
    tolerates_errors: bool

    def batches(self, on_unread: UnreadHandler) -> Iterator[Batch]:
        """Read every clip, from its first frame on; `on_unread` is called for those that cannot be read."""
        return self._read(evaluation_batches(len(self.lengths), self.lengths, self.batch_size), on_unread)

    def first_clips(self, past: int) -> Batch:
        """Read the first clips, up to the length that a preview shows."""
        clips = min(previews.CLIPS, len(self.lengths))
        frames = min(past + previews.FUTURE, *self.lengths[:clips])
        on_unread = tolerate_unread(lambda _: self.tolerates_errors, [], previews.CLIPS)
        return next(self._read(evaluation_batches(clips, frames, clips), on_unread))

    def _read(self, windows: Batches, on_unread: UnreadHandler) -> Iterator[Batch]:
        return load_batches(self.split, windows, self.loader, on_unread=on_unread)


@dataclass(frozen=True, kw_only=True)
class Validation:
    """What a run measures and draws, and how often: the recipe's `validate` section with its components."""

    settings: Validate
    data: ValidationData
    metrics: Mapping[str, Metric]
    draw: Draw

    def measure(
        self,
        model: Model,
        runner: RolloutRunner,
        on_unread: UnreadHandler,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Scores | None:
        """Measure every clip; return None if `should_stop` returned True before the last one was read.

        Raises DataError if no clip could be read.
        """
        batches = takewhile(lambda _: not should_stop(), self.data.batches(on_unread))
        scores = score(model, batches, runner, Measures.of_validation(self.metrics), Sampling(self.settings.seed))
        if should_stop():
            return None
        if not scores.predicted["loss"]:
            raise DataError("not one validation clip could be read")
        return scores

    def draw_preview(self, folder: Path, model: Model, runner: RolloutRunner, state: RunState) -> Path:
        """Draw the first clips and the curves, after the last epoch of the history. Return the path of the GIF."""
        batch = self.data.first_clips(runner.past)
        length = min(self.data.lengths[: previews.CLIPS])
        sampling = Sampling(self.settings.seed, self.settings.preview_samples)
        preview = previews.predict_preview(model, batch, runner, sampling, length)
        epoch = state.history[-1]["epoch"]
        return self.draw(folder, Pictures(epoch, preview, tuple(state.history), state.per_frame))
