"""A trained model from its run folder: to predict with, and to measure."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from vidpred.build import conduct_of, metrics_of, model_of
from vidpred.contracts.data import Dataset, Lengths, SplitName
from vidpred.contracts.model import Model
from vidpred.contracts.values import Clip, at_least_float32
from vidpred.engine.checkpoint import find_checkpoint, load_weights
from vidpred.engine.clips import Pick, evaluated_lengths, evaluation_batches, load as load_batches, long_enough
from vidpred.engine.compute import compute
from vidpred.engine.conduct import Conduct
from vidpred.engine.evaluate import Scores, evaluate
from vidpred.engine.mismatch import OtherConditions
from vidpred.engine.randomness import KeyedNoise
from vidpred.errors import VidpredError
from vidpred.plugins import discover
from vidpred.recipe.check import Checked, check
from vidpred.recipe.document import load as load_document


@dataclass(frozen=True)
class Trained:
    """A trained model with all that its recipe says of it."""

    checked: Checked
    model: Model
    dataset: Dataset
    conduct: Conduct

    def clip(self, split: SplitName = "test", index: int = 0, *, start: int = 0, length: int | None = None) -> Clip:
        """One window of the recipe's data as a batch of one: `length` conditions (default: past + future as in validation; all
        that there are, where that goes to the end) from `start` on, and the frames that go with them, `past` at least."""
        recipe = self.checked.recipe
        clips = self.dataset.split(split)
        if not 0 <= index < len(clips.lengths):
            raise VidpredError(f"{split} has clips 0 to {len(clips.lengths) - 1}, but no clip {index}")
        future = recipe.validation.future or recipe.sequence.future
        length = length or (clips.lengths[index].conditions - start if future == "all" else self.conduct.past + future)
        long_enough(clips, split, Lengths(start + self.conduct.past, start + length), "this window", "start or length", [index])
        pick = Pick(index, start, length, 0)
        return next(load_batches(clips, [[pick]], lead=self.dataset.lead, workers=0, pin=False)).clip(self.conduct.compute.device)

    def predict(self, clip: Clip, *, seed: int = 0, samples: int = 1, first: int = 0) -> Tensor:
        """Frames 1 .. T-1 of `samples` futures of each clip, [B * samples, T-1, C, H, W] in [0, 1], where T is the number of
        conditions [B, T, ...]: conditions[:, t] is what is known when frame t is made. Of `clip.frames` [B, T' >= past, C, H, W],
        float in [0, 1], only the first `past` are looked at. Row b * samples + n is sample n of clip b.
        The noise hangs on `seed` and on the clip's number, which are `first`, `first` + 1, …: as in `evaluate`, by its place in its split."""
        self._fitting(clip)
        device = self.conduct.compute.device
        keys = [(seed, "evaluate", first + place, 0, sample) for place in range(len(clip.frames)) for sample in range(samples)]
        parts = self.conduct.predict(self.model, Clip(clip.frames.to(device), clip.conditions.to(device)), KeyedNoise(keys), samples=samples)
        return torch.cat([at_least_float32(part.frames).clamp(0, 1) for part in parts], 1)

    def _fitting(self, clip: Clip) -> None:
        """Raises VidpredError where a clip is not what the model reads."""
        past, frame, condition = self.conduct.past, self.dataset.frame, self.dataset.condition
        wanted = f"frames [B, at least {past}, {', '.join(map(str, frame.shape))}] and conditions [B, T, {', '.join(map(str, condition.shape))}]"
        shapes = [tuple(value.shape) for value in (clip.frames, clip.conditions)]
        fits = all(len(shape) > 2 for shape in shapes) and len(clip.frames) == len(clip.conditions) and (
            shapes[0][2:], shapes[1][2:]) == (frame.shape, condition.shape) and min(shapes[0][1], shapes[1][1] - 1) >= past
        if not fits:
            raise VidpredError(f"clip: needs {wanted}, T more than {past}; got frames {list(shapes[0])}, conditions {list(shapes[1])}")
        if not clip.frames.is_floating_point():
            raise VidpredError(f"clip: frames are float in [0, 1], but these are {clip.frames.dtype}; divide by 255")

    def evaluate(self, split: SplitName = "validate", *, future: int | Literal["all"] | None = None, seed: int = 0,
                 wrong_conditions: bool = False) -> Scores:
        """The recipe's validation metrics on every clip of a split; `wrong_conditions`: predicted with another clip's."""
        recipe = self.checked.recipe
        clips = self.dataset.split(split)
        lengths = evaluated_lengths(clips, split, self.conduct.past, future or recipe.validation.future or recipe.sequence.future,
                                    "evaluating", "future")
        batches = evaluation_batches(len(lengths), lengths, recipe.train.batch_size)
        loaded = load_batches(OtherConditions(clips) if wrong_conditions else clips, batches, lead=self.dataset.lead, workers=0, pin=False)
        return evaluate(self.model, loaded, self.conduct, metrics_of(self.checked, "validate"), seed=seed)


def load(run: Path | str, checkpoint: str = "last", *, device: str = "auto", plugins: Sequence[Path] = (), overrides: Sequence[str] = ()) -> Trained:
    """The trained model of a run folder, in eval mode. Raises VidpredError."""
    run = Path(run)
    found = find_checkpoint(run, checkpoint)
    checked = check(load_document(run / "recipe.yaml", overrides), discover(plugins).registry)
    recipe = checked.recipe
    dataset: Dataset = checked.data[0][0].make()
    place = compute(device, recipe.train.precision, channels_last=recipe.train.channels_last)
    model = model_of(checked, dataset)
    load_weights(model, found)
    return Trained(checked, place.place(model).eval(), dataset, conduct_of(checked, place))
