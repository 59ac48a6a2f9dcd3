"""A run: its epochs with previews, saving, stopping and observers, as a stream of events."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag

from vidpred.contracts.model import Model
from vidpred.contracts.observer import Observer
from vidpred.data.loader import explain_dead_workers
from vidpred.data.training_windows import TrainingData
from vidpred.engine.device import explain_out_of_memory
from vidpred.engine.runner import RolloutRunner
from vidpred.errors import DataError, VidpredError
from vidpred.runs.history import Record
from vidpred.runs.lock import hold_lock
from vidpred.runs.position import Position, list_checkpoints
from vidpred.training.epoch import EpochRunner
from vidpred.training.events import EpochEnd, Event, Interrupted, RunWarning
from vidpred.training.observers import notify_observers
from vidpred.training.run_state import RunSettings, RunState
from vidpred.training.store import RunStore
from vidpred.training.trainer import Trainer, TrainStep
from vidpred.training.validation import Validation

_MAX_FILES_SHOWN = 8


@dataclass(kw_only=True)
class Run:
    """A run that is ready to start or to resume, as `assembly` builds it.

    `events` executes it. Setting `stop`, from any thread, ends it after the optimizer step in progress.
    """

    settings: RunSettings
    model: Model
    trainer: Trainer
    data: TrainingData
    validation: Validation
    store: RunStore
    observers: Sequence[Observer] = ()
    stop: Flag = field(default_factory=Flag)
    state: RunState = field(default_factory=RunState)

    @property
    def folder(self) -> Path:
        """The run folder; that of a new run exists once `events` has begun."""
        return self.store.folder.path

    @property
    def history(self) -> list[Record]:
        """The records of the finished epochs."""
        return self.state.history

    @property
    def runner(self) -> RolloutRunner:
        return self.trainer.runner

    def events(self) -> Iterator[Event]:
        """Train to the end, and yield what happens.

        Raises Interrupted after `stop` is set, and VidpredError; what was done until then is saved. A new run that
        ends before anything is saved leaves no folder.
        """
        self.store.open()
        try:
            with hold_lock(self.store.folder) as killed:
                if self.store.resumes:
                    restored = self.store.restore(self.model, self.trainer, killed)
                    self.state.history, self.state.stats = restored.history, restored.stats
                    yield restored
                    self.store.describe()
                yield from self._observed()
        except BaseException:
            self.store.discard_if_empty()
            raise

    def _observed(self) -> Iterator[Event]:
        """Train, and notify the observers of the events."""
        observers = list(self.observers)
        yield from map(RunWarning, notify_observers(observers, "run_start", self.folder, self.store.recipe))
        for event in self._train():
            if isinstance(event, EpochEnd):
                yield from map(RunWarning, notify_observers(observers, "epoch_end", event.record))
            yield event
        yield from map(RunWarning, notify_observers(observers, "run_end", tuple(self.history)))

    def _train(self) -> Iterator[Event]:
        """Do all epochs that are left; save, and draw previews, after each."""
        epochs, save_error = self.epoch_runner(), None
        while len(self.history) < self.settings.epochs:
            finished = len(self.history)
            try:
                yield from self._epoch(epochs)
            except DataError:  # raised between two steps, so the state is that after the last one
                self._save_progress()
                raise
            if len(self.history) == finished:  # stopped
                raise Interrupted(self.state.position, self._save_progress())
            save_error = self.store.save(self.state, self.model, self.trainer)
            if save_error:
                yield RunWarning(
                    f"epoch {len(self.history) - 1} could not be saved: {save_error}; the run continues, and tries "
                    "again after the next"
                )
            is_due = epochs.is_due(len(self.history), self.validation.settings.preview_every)
            preview = (yield from self._draw_preview()) if is_due else None
            yield EpochEnd(self.history[-1], preview)
        if save_error:
            raise self._end_not_saved(save_error)

    def epoch_runner(self) -> EpochRunner:
        """Return what trains and validates the epochs of this run, one after the other."""
        return EpochRunner(
            settings=self.settings,
            model=self.model,
            trainer=self.trainer,
            data=self.data,
            validation=self.validation,
            state=self.state,
            should_stop=self.stop.is_set,
        )

    def _epoch(self, epochs: EpochRunner) -> Iterator[TrainStep | RunWarning]:
        """Do the rest of the running epoch, or what comes before `stop` is set."""
        sampler = self.data.sampler
        task = f"batches of {sampler.batch_size} windows of {sampler.length} frames, {self.runner.compute}"
        with explain_out_of_memory(task), explain_dead_workers():
            for event in epochs.run():
                yield event
                if isinstance(event, TrainStep):
                    self._check_finite(event)

    def _save_progress(self) -> str | None:
        """Save what is not saved yet. Return why the disk refused it, else None."""
        if self.state.position in (Position(0), self.store.saved):
            return None
        return self.store.save(self.state, self.model, self.trainer)

    def _draw_preview(self) -> Generator[RunWarning, None, Path | None]:
        """Draw the preview of the last epoch, and return its path; if drawing fails, the run continues without it."""
        try:
            return self.validation.draw_preview(self.folder, self.model, self.runner, self.state)
        except Exception as error:
            yield RunWarning(
                f"the preview of epoch {len(self.history) - 1} could not be drawn; the run continues: "
                f"{type(error).__name__}: {error}"
            )
            return None

    def _check_finite(self, step: TrainStep) -> None:
        """Raise VidpredError after `max_skipped` steps in a row that were skipped as not finite."""
        skips = self.state.stats.consecutive_skips
        if skips < self.settings.max_skipped:
            return
        files = list(dict.fromkeys(self.data.split.describe(window.clip) for window in step.window_indices))
        more = f" and {len(files) - _MAX_FILES_SHOWN} more" if len(files) > _MAX_FILES_SHOWN else ""
        saved = list_checkpoints(self.store.folder.checkpoints)
        last = f"the last good checkpoint is {saved[0][1]}" if saved else "no epoch was finished until then"
        raise VidpredError(
            f"epoch {step.at.epoch}, step {step.at.step}: the loss or its gradient was not finite for {skips} steps in "
            f"a row (train.max_skipped); {last}. Lower optimizer.lr or train.clip_grad_norm, or set train.precision: "
            f"fp32. The last of these steps read {', '.join(files[:_MAX_FILES_SHOWN])}{more}"
        )

    def _end_not_saved(self, save_error: str) -> VidpredError:
        if self.store.saved:
            advice = f"then train its last epochs again: vidpred run --resume {self.folder}"
        else:
            advice = "then run it again"
        return VidpredError(f"the end of the run could not be saved: {save_error}; make room, {advice}")
