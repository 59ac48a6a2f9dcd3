"""What a model predicts from: given frames, and conditions as far as it is to predict."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from vidpred.contracts.data import Dataset
from vidpred.contracts.tensors import Clip
from vidpred.data import user_conditions as recorded, user_frames as given
from vidpred.data.loader import align_conditions
from vidpred.data.user_frames import Frames
from vidpred.errors import DataError, counted

MOST_BYTES = 2**31  # that all futures may take, as float32


class Context(NamedTuple):
    """A batch of one: `past` frames, and conditions for all frames. `notes` say what was read, and what was done to it."""

    clip: Clip
    notes: tuple[str, ...]


def context(
    frames: Path, conditions: Sequence[Path], dataset: Dataset, *, past: int, steps: int | None = None, samples: int = 1
) -> Context:
    """Read `past` frames, and conditions for `steps` more (None: as many as there are conditions for). Recorded condition k is that
    of frame k, and is moved by the data set's `lead`, as in training: with lead 1, k conditions reach frame k. Nothing of the
    future is needed. Raises VidpredError."""
    shape = dataset.frame.shape
    most = MOST_BYTES // (4 * samples * torch.Size(shape).numel())
    if past + (steps or 1) > most:
        raise DataError(_too_many(f"{steps} steps", most, past, samples))
    read = given.first(frames, past, dataset.frame)
    if len(read.values) < past:
        raise DataError(
            f"{frames}: holds {counted(len(read.values), 'frame')}, but the model is given {past} to predict from; give more"
        )
    notes = [_note(frames, f"its first {counted(past, 'frame')}" if past > 1 else "its first frame", read)]
    if not dataset.condition.channels:
        length = past + _without_conditions(conditions, steps)
        return Context(_clip(read.values, torch.zeros(length, 0)), tuple(notes))
    values, pictures = _conditions(
        conditions, dataset, None if steps is None else past + steps - dataset.lead, most + 1
    )
    length = past + steps if steps is not None else len(values) + dataset.lead
    if length > most:
        raise DataError(_too_many("all conditions", most, past, samples))
    _enough(conditions[0], len(values), past, steps or 1, dataset.lead)
    if pictures is not None:
        _same_view(conditions[0], pictures, frames, read)
    notes.append(_note(" beside ".join(map(str, conditions)), f"{counted(len(values), 'condition')}", pictures))
    room = torch.zeros(dataset.lead, *values.shape[1:])
    return Context(_clip(read.values, align_conditions(torch.cat([values, room]), dataset.lead)[:length]), tuple(notes))


def _clip(frames: Tensor, conditions: Tensor) -> Clip:
    return Clip(frames[None].float() / 255, conditions[None])


def _conditions(paths: Sequence[Path], dataset: Dataset, wanted: int | None, most: int) -> tuple[Tensor, Frames | None]:
    if not paths:
        kind = (
            f"{dataset.condition.channels} numbers (a CSV or an .npy)"
            if dataset.condition.size is None
            else "a picture (a folder of images, say)"
        )
        raise DataError(
            f"--conditions: is missing; the model reads {kind} for each frame, as its data set {dataset.name} has them"
        )
    return recorded.read(paths, dataset.condition, max(1, min(most if wanted is None else wanted, most)))


def _enough(path: Path, there: int, past: int, steps: int, lead: int) -> None:
    """Raises DataError where there are fewer conditions than steps."""
    reach, needed = max(0, there + lead - past), past + steps - lead
    if reach < steps:
        raise DataError(
            f"{path}: holds {counted(there, 'condition')}, but {counted(steps, 'step')} after {counted(past, 'frame')} "
            f"{'needs' if steps == 1 else 'need'} {needed}; {f'lower --steps to {reach}, or ' if reach else ''}give more"
        )


def _without_conditions(paths: Sequence[Path], steps: int | None) -> int:
    if paths:
        raise DataError(f"--conditions {paths[0]}: the model reads no conditions; leave it out")
    if steps is None:
        raise DataError("--steps: is missing; the model reads no conditions, so say how many frames to predict")
    return steps


def _same_view(path: Path, pictures: Frames, frames: Path, read: Frames) -> None:
    """Raises DataError where pictures and frames are of other proportions: what they show would not meet."""
    (height, width), (other, beside) = pictures.size, read.size
    if abs(height * beside - width * other) > max(height, width, other, beside):
        raise DataError(
            f"{path}: is {height}x{width}, but {frames} is {other}x{beside} (height x width); crop or scale one as the other"
        )


def _note(where: object, what: str, made: Frames | None) -> str:
    return ", ".join([f"{where}: {what}", *(made.notes if made else ())])


def _too_many(what: str, most: int, past: int, samples: int) -> str:
    futures = f" of {samples} futures" if samples > 1 else ""
    return f"--steps: {what}{futures} are too much to hold; {max(0, most - past):,} steps are the most{', or fewer --samples' if samples > 1 else ''}"
