"""A whole run: epochs, validation, records, checkpoints and previews, as a stream of events."""
from __future__ import annotations

import json
import shutil
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from safetensors import SafetensorError

from vidpred.contracts.data import Augmentation, Split
from vidpred.contracts.measure import Metric
from vidpred.contracts.model import Model
from vidpred.contracts.observe import Observer
from vidpred.contracts.pictures import Draw, PerFrame, Pictures
from vidpred.contracts.schedules import Progress
from vidpred.engine import batch_norm, previews, records
from vidpred.engine.checkpoint import Checkpoints
from vidpred.engine.clips import Batch, Batches, Change, Shares, Start, augmented, evaluation_batches, load, training_batches
from vidpred.engine.compute import enough_memory
from vidpred.engine.conduct import Conduct
from vidpred.engine.evaluate import evaluate
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.told import told
from vidpred.engine.trainer import StepReport, Totals, Trainer
from vidpred.errors import VidpredError


@dataclass(frozen=True)
class EpochReport:
    """One finished epoch: its record, as written to metrics.jsonl, and the preview that was drawn, if any."""

    record: Mapping[str, Any]
    preview: Path | None = None


@dataclass(frozen=True)
class Warned:
    """Something went wrong that the run survives."""

    message: str


Event = StepReport | EpochReport | Warned


@dataclass(frozen=True)
class Pieces:
    """How long a run is and how its epochs are cut."""

    epochs: int
    steps_per_epoch: int
    batch_size: int
    length: int                     # frames of a training window
    fresh_windows: bool             # steps_per_epoch was asked for: clips are repeated
    start: Start
    stride: int | None
    reestimate_batches: int


@dataclass(frozen=True)
class Validation:
    """What is measured, on what, and how often."""

    split: Split
    lengths: Sequence[int]          # frames of each clip that count
    every: int
    seed: int
    metrics: Mapping[str, Metric]
    preview_every: int
    preview_samples: int
    draw: Draw


@dataclass
class Run:
    """Everything a run needs, put together by `build`. `events` does it."""

    folder: Path
    recipe_yaml: str
    recipe: Mapping[str, Any]
    environment: Mapping[str, Any]
    model: Model
    conduct: Conduct
    trainer: Trainer
    pieces: Pieces
    split: Split                            # of all training data sets, joined
    shares: Shares
    lead: int
    workers: int
    validation: Validation
    checkpoints: Checkpoints
    augmentations: Sequence[Augmentation] = ()
    observers: Sequence[Observer] = ()
    history: list[dict[str, Any]] = field(default_factory=list)
    per_frame: PerFrame | None = None       # of the last validation

    def events(self) -> Iterator[Event]:
        """Train to the end. A run that ends in an error before its first checkpoint leaves no folder."""
        with _writing(self.folder):
            self._make_folder()
        try:
            with _writing(self.folder):
                (self.folder / "recipe.yaml").write_text(self.recipe_yaml, encoding="utf-8")
                (self.folder / "environment.json").write_text(json.dumps(self.environment, indent=2) + "\n", encoding="utf-8")
            watching = list(self.observers)
            yield from map(Warned, told(watching, "run_start", self.folder, self.recipe))
            for epoch in range(self.pieces.epochs):
                with enough_memory():
                    report = yield from self._epoch(epoch)
                yield from map(Warned, told(watching, "epoch_end", report.record))
                yield report
            yield from map(Warned, told(watching, "run_end", tuple(self.history)))
        except BaseException:
            if not (self.checkpoints.folder / "last").exists():
                shutil.rmtree(self.folder, ignore_errors=True)
                with suppress(OSError):         # other runs are in it
                    self.folder.parent.rmdir()
            raise

    def _make_folder(self) -> None:
        """A folder of this run's own: another run that starts in the same second has taken the name, so number it."""
        wanted = self.folder
        for number in range(2, 1000):
            try:
                self.folder.mkdir(parents=True)
                self.checkpoints.folder.mkdir()
                return
            except FileExistsError:
                self.folder = wanted.with_name(f"{wanted.name}_{number}")
                self.checkpoints = replace(self.checkpoints, folder=self.folder / "checkpoints")

    def _epoch(self, epoch: int) -> Generator[StepReport | Warned, None, EpochReport]:
        began, pieces = perf_counter(), self.pieces
        start = Progress(epoch, pieces.epochs, epoch * pieces.steps_per_epoch, pieces.steps_per_epoch, tuple(self.history))
        totals = Totals()
        for step in self.trainer.epoch(start, self._shown("train", epoch)):
            totals.steps.append(step)
            yield step
        trained = perf_counter() - began
        self._reestimate(epoch)
        validated = self._validate(epoch)
        self.trainer.learning_rate.after_epoch(validated["loss"] if validated else None)
        record = records.finite({
            "epoch": epoch, **_ordered(totals.record(), validated), "seconds": round(perf_counter() - began, 3),
            "clips_per_second": round(sum(step.clips for step in totals.steps) / trained, 3)})
        self.history.append(record)
        with _writing(self.folder):
            self.checkpoints.save(self.model, self._state(), self._metadata(), self.history)
            records.append(self.folder, record)
        preview = (yield from self._pictures(epoch)) if self._due(epoch, self.validation.preview_every) else None
        return EpochReport(record, preview)

    def _shown(self, purpose: str, epoch: int) -> Iterator[Batch]:
        """Training windows, augmented."""
        windows = self._windows(purpose, epoch)
        if not self.augmentations:
            return self._load(self.split, windows)
        return self._load(self.split, windows, partial(augmented, self.augmentations, (self.trainer.seed, purpose, epoch)))

    def _windows(self, purpose: str, epoch: int) -> Batches:
        pieces = self.pieces
        batches = pieces.steps_per_epoch * self.trainer.accumulate if pieces.fresh_windows else None
        if purpose != "train":
            batches = pieces.reestimate_batches
        return training_batches(
            self.split.lengths, pieces.length, seed=self.trainer.seed, epoch=epoch, batch_size=pieces.batch_size,
            batches=batches, start=pieces.start, stride=pieces.stride, shares=self.shares, purpose=purpose)

    def _load(self, split: Split, batches: Batches, change: Change | None = None) -> Iterator[Batch]:
        pin = self.conduct.compute.device.type == "cuda"
        return load(split, batches, lead=self.lead, workers=self.workers, pin=pin, change=change)

    def _reestimate(self, epoch: int) -> None:
        """Re-estimate BatchNorm's statistics with the forcing that the epoch ended with."""
        if self.pieces.reestimate_batches == 0 or self.conduct.window == 1 or not batch_norm.layers(self.model):
            return
        steps = self.pieces.steps_per_epoch
        last = Progress(epoch, self.pieces.epochs, (epoch + 1) * steps - 1, steps, tuple(self.history))

        def roll(place: int, batch: Batch) -> object:
            forced = self.trainer.forced(last, batch.frames.shape[1], purpose=f"batch_norm {place}")
            noise = KeyedNoise([(self.trainer.seed, "batch_norm", epoch, pick.place, 0) for pick in batch.picks])
            return self.conduct.train(self.model, batch.clip(self.conduct.compute.device), forced, noise)

        loaded = enumerate(self._shown("batch_norm", epoch))
        batch_norm.reestimate(self.model, (partial(roll, place, batch) for place, batch in loaded))

    def _validate(self, epoch: int) -> dict[str, Any] | None:
        if not self._due(epoch, self.validation.every):
            return None
        validation = self.validation
        windows = evaluation_batches(len(validation.lengths), validation.lengths, self.pieces.batch_size)
        scores = evaluate(self.model, self._load(validation.split, windows), self.conduct, validation.metrics, seed=validation.seed)
        self.per_frame = previews.per_frame(epoch, self.conduct.past, scores)
        return scores.record()

    def _pictures(self, epoch: int) -> Generator[Warned, None, Path | None]:
        """Draw the first validation clips and the curves. No picture is worth a training: where drawing fails, go on."""
        validation = self.validation
        clips = min(previews.CLIPS, len(validation.lengths))
        frames = min(self.conduct.past + previews.FUTURE, *validation.lengths[:clips])
        try:
            batch = next(self._load(validation.split, evaluation_batches(clips, frames, clips)))
            preview = previews.preview(self.model, batch, self.conduct, seed=validation.seed, samples=validation.preview_samples,
                                       length=min(validation.lengths[:clips]))
            return validation.draw(self.folder, Pictures(epoch, preview, tuple(self.history), self.per_frame))
        except Exception as error:
            yield Warned(f"the pictures of epoch {epoch} could not be drawn; the run goes on: {type(error).__name__}: {error}")
            return None

    def _due(self, epoch: int, every: int) -> bool:
        return (epoch + 1) % every == 0 or epoch + 1 == self.pieces.epochs

    def _state(self) -> dict[str, Any]:
        trainer = self.trainer
        return {"epoch": len(self.history), "optimizer": trainer.optimizer.state_dict(),
                "learning_rate": trainer.learning_rate.state_dict(), "scaler": trainer.scaler.state_dict()}

    def _metadata(self) -> dict[str, str]:
        return {"recipe": self.recipe_yaml, "vidpred": str(self.environment["versions"]["vidpred"])}


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """What the disk refuses, in the user's terms."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        if isinstance(error, FileNotFoundError):
            raise VidpredError(f"{path}: is gone, so the run cannot go on; was it moved or deleted?") from error
        why = getattr(error, "strerror", None) or str(error)
        raise VidpredError(f"{getattr(error, 'filename', None) or path}: cannot be written: {why}; make room, or give another --out") from error


def _ordered(totals: dict[str, Any], validated: dict[str, Any] | None) -> dict[str, Any]:
    return {"train": totals.pop("train"), "validate": validated, **totals}
