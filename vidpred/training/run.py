"""A whole run: epochs, validation, records, checkpoints and previews, as a stream of events."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event as Flag
from time import perf_counter
from typing import Any

from vidpred.contracts.model import Model
from vidpred.contracts.observer import Observer
from vidpred.contracts.schedules import Progress
from vidpred.data.loader import Batch, UnreadHandler, explain_dead_workers, tolerate_unread
from vidpred.data.training_windows import TrainingData
from vidpred.engine.batch_norm import batch_norm_layers, reestimate_statistics
from vidpred.engine.device import explain_out_of_memory
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.runner import RolloutRunner
from vidpred.errors import DataError, VidpredError
from vidpred.evaluation import previews
from vidpred.evaluation.preview_types import PerFrame
from vidpred.runs.checkpoints import Checkpoints
from vidpred.runs.history import Record, append_history, replace_non_finite
from vidpred.runs.layout import STATE, WEIGHTS, RunFolder, explain_write_errors, write_error
from vidpred.runs.lock import hold_lock
from vidpred.runs.manifest import Position
from vidpred.runs.provenance import Environment
from vidpred.runs.weights import packed
from vidpred.training.epoch_stats import EpochStats
from vidpred.training.events import EpochReport, Event, Interrupted, Warned
from vidpred.training.observers import told
from vidpred.training.restore import restored
from vidpred.training.state import packed_state
from vidpred.training.trainer import Trainer, TrainStep
from vidpred.training.validation import Validation

_MOST_UNREAD = 0.1, 4  # of an epoch's windows; and this is never too much
_FILES_SHOWN = 8


class _Stop(Exception):
    """`stop` was set."""


@dataclass
class Run:
    """Everything a run needs, put together by `build`. `events` does it; `stop` ends it after the step that it is in."""

    folder: Path
    recipe_yaml: str
    recipe: Mapping[str, Any]
    environment: Environment
    version: str  # of vidpred
    model: Model
    runner: RolloutRunner
    trainer: Trainer
    epochs: int
    steps_per_epoch: int
    reestimate_batches: int
    max_skipped: int  # attempted steps in a row that are not finite
    data: TrainingData
    validation: Validation
    checkpoints: Checkpoints
    observers: Sequence[Observer] = ()
    resumes: bool = False  # the folder is there, and what is in it goes on
    stop: Flag = field(default_factory=Flag)
    history: list[Record] = field(default_factory=list)
    totals: EpochStats = field(default_factory=EpochStats)  # of the epoch that is not finished
    per_frame: PerFrame | None = None  # of the last validation
    recorded: int = 0  # epochs that metrics.jsonl has
    saved: Position | None = None  # of the newest checkpoint

    @property
    def at(self) -> Position:
        """Where the run stands."""
        return Position(len(self.history), self.totals.attempted)

    def events(self) -> Iterator[Event]:
        """Train to the end. Raises Interrupted after `stop`, and VidpredError; what was done until then is kept. A new run of
        which nothing can be kept leaves no folder."""
        if not self.resumes:
            self.folder = RunFolder.create(self.folder, self.recipe_yaml, self.environment).path
            self.checkpoints = self.checkpoints.within(self.folder)
        try:
            run = RunFolder(self.folder)
            with hold_lock(run) as killed:
                if self.resumes:
                    yield (before := restored(run, self.checkpoints, self.model, self.trainer, killed))
                    self.history, self.totals, self.recorded = before.history, before.totals, len(before.history)
                    self.saved = before.at
                    with explain_write_errors(self.folder):
                        run.describe(self.recipe_yaml, self.environment)
                yield from self._observed()
        except BaseException:
            if not self.resumes and not self.checkpoints.newest_first():
                RunFolder(self.folder).remove()
            raise

    def _observed(self) -> Iterator[Event]:
        watching = list(self.observers)
        yield from map(Warned, told(watching, "run_start", self.folder, self.recipe))
        for event in self._train():
            if isinstance(event, EpochReport):
                yield from map(Warned, told(watching, "epoch_end", event.record))
            yield event
        yield from map(Warned, told(watching, "run_end", tuple(self.history)))

    def _train(self) -> Iterator[Event]:
        unsaved: str | None = None
        pieces = f"batches of {self.data.sampler.batch_size} windows of {self.data.sampler.length} frames, {self.runner.compute}"
        while len(self.history) < self.epochs:
            try:
                with explain_out_of_memory(pieces), explain_dead_workers():
                    yield from self._epoch()
            except (_Stop, DataError) as error:  # both come between two steps: all is as the last one left it
                lost = self._save() if self.at not in (Position(0), self.saved) else None
                if isinstance(error, _Stop):
                    raise Interrupted(self.at, lost) from None
                raise
            unsaved = self._save()
            if unsaved:
                yield Warned(
                    f"epoch {len(self.history) - 1} could not be saved: {unsaved}; the run goes on, and tries again after the next"
                )
            preview = (
                (yield from self._pictures()) if self._due(len(self.history), self.validation.preview_every) else None
            )
            yield EpochReport(self.history[-1], preview)
        if unsaved:
            again = (
                f"then do its last epochs again: vidpred run --resume {self.folder}"
                if self.saved
                else "then run it again"
            )
            raise VidpredError(f"the end of the run could not be saved: {unsaved}; make room, {again}")

    def _epoch(self) -> Generator[TrainStep | Warned, None, None]:
        """Do what is left of the running epoch, and record it."""
        epoch, done, began = len(self.history), self.totals.attempted, perf_counter() - self.totals.seconds
        start = Progress(
            epoch, self.epochs, epoch * self.steps_per_epoch + done, self.steps_per_epoch, tuple(self.history)
        )
        windows = self.data.batches(epoch)
        most = max(int(_MOST_UNREAD[0] * sum(map(len, windows))), _MOST_UNREAD[1])
        report, warnings = tolerate_unread(self.data.tolerates_errors, self.totals.unread, most), self._unread()
        for step in self.trainer.epoch(
            start, self._until_stopped(self.data.read(windows[done * self.trainer.accumulate :], epoch, report))
        ):
            self.totals.add(step)
            self.totals.seconds = perf_counter() - began
            yield from warnings()
            yield step
            self._stop_where_nothing_is_finite(step)
        trained = perf_counter() - began
        self._reestimate(report)
        validated = self._validate(most)
        yield from warnings()
        record = self.totals.record()
        self.history.append(
            replace_non_finite(
                {
                    "epoch": epoch,
                    "train": record.pop("train"),
                    "validate": validated,
                    **record,
                    "seconds": round(perf_counter() - began, 3),
                    "clips_per_second": round(self.totals.seen / trained, 3),
                }
            )
        )
        self.totals = EpochStats(skipped_in_a_row=self.totals.skipped_in_a_row)

    def _until_stopped(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """These batches. To stop here is to stop between two steps: a step's batches are read before it begins."""
        while True:
            if self.stop.is_set():
                raise _Stop
            batch = next(batches, None)
            if batch is None:
                return
            yield batch

    def _reestimate(self, report: UnreadHandler) -> None:
        """Re-estimate BatchNorm's statistics with the forcing that the epoch ended with."""
        if self.reestimate_batches == 0 or self.runner.window == 1 or not batch_norm_layers(self.model):
            return
        epoch, steps = len(self.history), self.steps_per_epoch
        last = Progress(epoch, self.epochs, (epoch + 1) * steps - 1, steps, tuple(self.history))

        def roll(place: int, batch: Batch) -> object:
            forced = self.trainer.forced(last, batch.frames.shape[1], purpose=f"batch_norm {place}")
            noise = KeyedNoise(
                [
                    (self.trainer.seed, "batch_norm", epoch, window_index.epoch_index, 0)
                    for window_index in batch.window_indices
                ]
            )
            return self.runner.train(self.model, batch.clip(self.runner.compute.device), forced, noise)

        windows = self.data.batches(epoch, purpose="batch_norm", count=self.reestimate_batches)
        loaded = enumerate(self._until_stopped(self.data.read(windows, epoch, report, purpose="batch_norm")))
        reestimate_statistics(self.model, (partial(roll, place, batch) for place, batch in loaded))

    def _validate(self, most: int) -> dict[str, Any] | None:
        if not self._due(len(self.history) + 1, self.validation.every):
            return None
        report = tolerate_unread(lambda _: self.validation.skips, self.totals.unread, most)
        scores = self.validation.measure(self.model, self.runner, self._until_stopped(self.validation.batches(report)))
        self.per_frame = previews.per_frame(len(self.history), self.runner.past, scores)
        return scores.record()

    def _pictures(self) -> Generator[Warned, None, Path | None]:
        """No picture is worth a training: where drawing fails, go on."""
        report = tolerate_unread(lambda _: self.validation.skips, [], previews.CLIPS)
        try:
            return self.validation.pictures(self.folder, self.model, self.runner, self.history, self.per_frame, report)
        except Exception as error:
            yield Warned(
                f"the pictures of epoch {len(self.history) - 1} could not be drawn; the run goes on: {type(error).__name__}: {error}"
            )
            return None

    def _due(self, finished: int, every: int) -> bool:
        return finished % every == 0 or finished == self.epochs

    def _unread(self) -> Callable[[], Iterator[Warned]]:
        """Warns of each clip that was skipped in this epoch, once."""
        said = set(self.totals.unread)

        def warnings() -> Iterator[Warned]:
            fresh = [message for message in self.totals.unread if message not in said]
            said.update(fresh)
            yield from (Warned(f"left out: {message}") for message in fresh)

        return warnings

    def _stop_where_nothing_is_finite(self, step: TrainStep) -> None:
        """Raises VidpredError after `max_skipped` steps in a row that changed nothing."""
        if self.totals.skipped_in_a_row < self.max_skipped:
            return
        files = list(dict.fromkeys(self.data.split.describe(window_index.clip) for window_index in step.window_indices))
        more = f" and {len(files) - _FILES_SHOWN} more" if len(files) > _FILES_SHOWN else ""
        saved = self.checkpoints.newest_first()
        kept = f"the last good checkpoint is {saved[0][1]}" if saved else "no epoch was finished until then"
        raise VidpredError(
            f"epoch {step.at.epoch}, step {step.at.step}: the loss or its gradient was not finite for {self.totals.skipped_in_a_row} steps in a row "
            f"(train.max_skipped); {kept}. Lower optimizer.lr or train.clip_grad_norm, or set train.precision: fp32. "
            f"The last of these steps saw {', '.join(files[:_FILES_SHOWN])}{more}"
        )

    def _save(self) -> str | None:
        """Records first, so that what has a checkpoint has its records. Gives why the disk did not take them, if so."""
        version = self.version
        try:
            append_history(RunFolder(self.folder).history_path, self.history[self.recorded :])
            self.recorded = len(self.history)
            files = {
                WEIGHTS: packed(self.model, {"recipe": self.recipe_yaml, "version": version}),
                STATE: packed_state(self.trainer, self.totals),
            }
            self.checkpoints.save(self.at, files, self.history, version)
            self.saved = self.at
        except FileNotFoundError as error:
            raise VidpredError(f"{self.folder}: is gone, so the run cannot go on; was it moved or deleted?") from error
        except OSError as error:
            return write_error(self.folder, error)
        return None
