"""Predict every clip of a split, or what comes after a user's own frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from vidpred.contracts.data import Lengths, Split, SplitName
from vidpred.contracts.tensors import Clip
from vidpred.data.lengths import require_lengths
from vidpred.data.user_clip import read_user_clip
from vidpred.inference.trained import Trained


@dataclass(frozen=True)
class PredictionSettings:
    """Which futures to predict."""

    steps: int | None = None  # predicted frames; None: as far as the conditions reach
    samples: int = 1  # futures of each clip
    seed: int = 0


_DEFAULT = PredictionSettings()


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Predicted futures of one clip."""

    clip: Clip  # a batch of one
    futures: Tensor  # [samples, T, C, H, W] in [0, 1], on the CPU: the given frames, then the predicted ones
    past: int  # given frames
    notes: tuple[str, ...] = ()  # what was read from a user's files, and how it was changed

    @property
    def steps(self) -> int:
        """The number of predicted frames."""
        return self.futures.shape[1] - self.past

    def references(self) -> dict[str, Tensor]:
        """Return what to show beside the futures, [T, C, H, W] each.

        The true frames if all are known, and conditions that are images of the same size.
        """
        frames, conditions = self.clip.frames[0].cpu(), self.clip.conditions[0].cpu()
        images = {}
        if frames.shape[0] == self.futures.shape[1]:
            images["truth"] = frames
        if conditions.shape[1:] == frames.shape[1:]:
            images["condition"] = conditions
        return images


def predict_user_frames(
    trained: Trained,
    frames: Path,
    conditions: Sequence[Path] = (),
    settings: PredictionSettings = _DEFAULT,
    notify: Callable[[str], None] = lambda _: None,
) -> Prediction:
    """Predict what comes after the first frames of a folder of images, GIF, video or .npz.

    `conditions` are CSV files, .npy files or folders of images, with a row for each frame from the first given one on.
    `notify` is called with each of the prediction's notes before the prediction begins. Raises VidpredError.
    """
    past, steps, samples = trained.runner.past, settings.steps, settings.samples
    clip, notes = read_user_clip(frames, conditions, trained.dataset, past=past, steps=steps, samples=samples)
    for note in notes:
        notify(note)
    return _predict(trained, clip, 0, settings, notes)


def predict_split(
    trained: Trained, split: SplitName = "test", settings: PredictionSettings = _DEFAULT
) -> Iterator[Prediction]:
    """Predict every clip of a split, in order. Raises DataError before the first, if a clip is too short."""
    past, clips, steps = trained.runner.past, trained.dataset.split(split), settings.steps
    frames = "" if steps is None else f"{steps} frames "
    require_lengths(
        clips,
        split,
        Lengths(past, past + (steps or 1)),
        f"predicting {frames}from {past} given",
        f"lower {'sequence.past' if steps is None else '--steps'}, or leave these clips out",
    )
    return _predict_clips(trained, split, clips, settings)


def _predict_clips(
    trained: Trained, name: SplitName, split: Split, settings: PredictionSettings
) -> Iterator[Prediction]:
    for index, available in enumerate(split.lengths):
        length = available.conditions if settings.steps is None else trained.runner.past + settings.steps
        yield _predict(trained, trained.clip(name, index, length=length), index, settings)


def _predict(
    trained: Trained, clip: Clip, index: int, settings: PredictionSettings, notes: tuple[str, ...] = ()
) -> Prediction:
    past = trained.runner.past
    predicted = trained.predict(clip, seed=settings.seed, samples=settings.samples, first=index).cpu()
    given = clip.frames[:, :past].cpu().expand(settings.samples, -1, -1, -1, -1)
    futures = torch.cat([given, predicted[:, past - 1 :]], 1)
    return Prediction(clip=clip, futures=futures, past=past, notes=notes)
