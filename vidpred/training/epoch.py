"""One epoch of a run: training steps, re-estimation of BatchNorm's statistics, validation; the result is a record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

from vidpred.contracts.model import Model
from vidpred.contracts.schedules import Progress
from vidpred.data.loader import Batch, UnreadHandler, tolerate_unread
from vidpred.data.training_windows import TrainingData
from vidpred.engine.batch_norm import batch_norm_layers, reestimate_statistics
from vidpred.engine.randomness import KeyedNoise
from vidpred.evaluation import previews
from vidpred.runs.history import Record, replace_non_finite
from vidpred.training.epoch_stats import EpochStats
from vidpred.training.events import RunWarning
from vidpred.training.run_state import RunSettings, RunState
from vidpred.training.trainer import Trainer, TrainStep
from vidpred.training.validation import Validation

_MAX_UNREAD_SHARE, _MIN_UNREAD_LIMIT = 0.1, 4  # of an epoch's windows; this many are always tolerated


@dataclass(kw_only=True)
class EpochRunner:
    """Trains and validates one epoch of a run, from wherever its state is."""

    settings: RunSettings
    model: Model
    trainer: Trainer
    data: TrainingData
    validation: Validation
    state: RunState
    should_stop: Callable[[], bool]

    def run(self) -> Iterator[TrainStep | RunWarning]:
        """Do the rest of the running epoch and append its record to the history.

        If it is stopped, no record is appended, and the state is that after the last finished step. Raises DataError if
        data cannot be read.
        """
        state, stats, epoch = self.state, self.state.stats, len(self.state.history)
        started = perf_counter() - stats.seconds
        windows = self.data.batches(epoch)
        limit = max(int(_MAX_UNREAD_SHARE * sum(map(len, windows))), _MIN_UNREAD_LIMIT)
        on_unread, warned = tolerate_unread(self.data.tolerates_errors, stats.unread, limit), set(stats.unread)
        batches = self.data.read(windows[stats.attempted_steps * self.trainer.accumulate :], epoch, on_unread)
        for step in self.trainer.epoch(self._progress(stats.attempted_steps), batches, self.should_stop):
            stats.add(step)
            stats.seconds = perf_counter() - started
            yield from _unread_warnings(stats.unread, warned)
            yield step
        trained = perf_counter() - started
        if stats.attempted_steps < self.settings.steps_per_epoch or not self.reestimate_batch_norm(on_unread):
            return
        validated = None
        if self.is_due(epoch + 1, self.validation.settings.every):
            validated = self.validate(limit)
            if validated is None:
                return
        yield from _unread_warnings(stats.unread, warned)
        state.history.append(self._record(validated, trained, perf_counter() - started))
        state.stats = EpochStats(consecutive_skips=stats.consecutive_skips)

    def _record(self, validated: dict[str, Any] | None, trained: float, seconds: float) -> Record:
        """Return the epoch's record; `trained` and `seconds` are its durations without and with validation."""
        stats = self.state.stats
        fields = stats.record()
        record = {"epoch": len(self.state.history), "train": fields.pop("train"), "validate": validated, **fields}
        record["seconds"] = round(seconds, 3)
        record["clips_per_second"] = round(stats.attempted_clips / trained, 3)
        return replace_non_finite(record)  # type: ignore[no-any-return]

    def is_due(self, finished_epochs: int, every: int) -> bool:
        """Return whether something that is done every `every` epochs, and after the last, is due now."""
        return finished_epochs % every == 0 or finished_epochs == self.settings.epochs

    def _progress(self, step: int) -> Progress:
        """The position of this step of the running epoch."""
        epoch, steps = len(self.state.history), self.settings.steps_per_epoch
        return Progress(epoch, self.settings.epochs, epoch * steps + step, steps, tuple(self.state.history))

    def reestimate_batch_norm(self, on_unread: UnreadHandler) -> bool:
        """Re-estimate BatchNorm's running statistics with the forcing that the epoch ended with; False if stopped."""
        batches, runner = self.settings.reestimate_batches, self.trainer.runner
        if batches == 0 or runner.steps_per_call == 1 or not batch_norm_layers(self.model):
            return True
        epoch, purpose = len(self.state.history), "batch_norm"
        last = self._progress(self.settings.steps_per_epoch - 1)

        def roll(index: int, batch: Batch) -> object:
            forced = self.trainer.forced_frames(last, batch.frames.shape[1], purpose=f"{purpose} {index}")
            noise = KeyedNoise(
                [(self.trainer.seed, purpose, epoch, window.epoch_index, 0) for window in batch.window_indices]
            )
            return runner.train(self.model, batch.clip(runner.compute.device), forced, noise)

        windows = self.data.batches(epoch, purpose=purpose, count=batches)
        loaded = self.data.read(windows, epoch, on_unread, purpose=purpose)
        rollouts = (partial(roll, index, batch) for index, batch in enumerate(loaded))
        return reestimate_statistics(self.model, rollouts, self.should_stop)

    def validate(self, unread_limit: int) -> dict[str, Any] | None:
        """Validate, and return the record's `validate` field; None if stopped."""
        on_unread = tolerate_unread(
            lambda _: self.validation.data.tolerates_errors, self.state.stats.unread, unread_limit
        )
        runner = self.trainer.runner
        scores = self.validation.measure(self.model, runner, on_unread, self.should_stop)
        if scores is None:
            return None
        self.state.per_frame = previews.mean_per_frame(len(self.state.history), runner.past, scores)
        return scores.record()


def _unread_warnings(messages: list[str], warned: set[str]) -> Iterator[RunWarning]:
    """Yield a warning for each message that is not in `warned` yet, and add it."""
    for message in messages:
        if message not in warned:
            warned.add(message)
            yield RunWarning(f"left out: {message}")
