"""What a user's prediction starts from: given frames, and conditions up to the last frame to predict."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from vidpred.contracts.data import Dataset
from vidpred.contracts.tensors import Clip
from vidpred.data.loader import align_conditions
from vidpred.data.user_conditions import read_user_conditions
from vidpred.data.user_frames import UserFrames, read_user_frames
from vidpred.errors import DataError, counted

MOST_BYTES = 2**31  # of all samples, as float32


class UserClip(NamedTuple):
    """A batch of one: `past` frames, and conditions for all frames. `notes` say what was read, and what was changed."""

    clip: Clip
    notes: tuple[str, ...]


class _Horizon(NamedTuple):
    """How far to predict: `steps` frames after `past` given ones (None: as far as the conditions reach)."""

    past: int
    steps: int | None
    lead: int
    samples: int
    longest: int  # frames of a clip whose samples take MOST_BYTES

    @property
    def conditions(self) -> int:
        """Number of conditions to read: one more than allowed, to detect too many."""
        wanted = self.longest + 1 if self.steps is None else self.past + self.steps - self.lead
        return max(1, min(wanted, self.longest + 1))

    def length(self, conditions: int) -> int:
        """Number of frames of the clip, including the given ones."""
        return conditions + self.lead if self.steps is None else self.past + self.steps

    def check_length(self, length: int, request: str) -> None:
        if length <= self.longest:
            return
        times, advice = (f" of {self.samples} samples", ", or fewer --samples") if self.samples > 1 else ("", "")
        most = max(0, self.longest - self.past)
        raise DataError(f"--steps: {request}{times} are too much to hold; {most:,} steps are the most{advice}")

    def check_conditions(self, path: Path, count: int) -> None:
        """Raise DataError if there are fewer conditions than steps."""
        steps = self.steps or 1
        possible, needed = max(0, count + self.lead - self.past), self.past + steps - self.lead
        if possible >= steps:
            return
        verb = "needs" if steps == 1 else "need"
        lower = f"lower --steps to {possible}, or " if possible else ""
        raise DataError(
            f"holds {counted(count, 'condition')}, but {counted(steps, 'step')} after {counted(self.past, 'frame')} "
            f"{verb} {needed}; {lower}give more",
            path,
        )


def read_user_clip(
    frames: Path, conditions: Sequence[Path], dataset: Dataset, *, past: int, steps: int | None = None, samples: int = 1
) -> UserClip:
    """Read `past` frames, and conditions for `steps` more (None: as many as there are conditions for).

    Recorded condition k belongs to frame k and is shifted by the data set's `lead`, as in training: with lead 1, k
    conditions are enough for frame k. No future frame is read. `samples` only counts for the limit of MOST_BYTES.
    Raises VidpredError.
    """
    horizon = _Horizon(past, steps, dataset.lead, samples, _longest_clip(dataset, samples))
    horizon.check_length(past + (steps or 1), f"{steps} steps")
    given = _read_given_frames(frames, past, dataset)
    note = _note(frames, f"its first {counted(past, 'frame')}" if past > 1 else "its first frame", given)
    if not dataset.condition.channels:
        length = past + _steps_without_conditions(conditions, steps)
        return UserClip(_batch(given.values, torch.zeros(length, 0)), (note,))
    values, images = _read_conditions(conditions, dataset, horizon.conditions)
    length = horizon.length(len(values))
    horizon.check_length(length, "all conditions")
    horizon.check_conditions(conditions[0], len(values))
    if images is not None:
        _check_proportions(conditions[0], images, frames, given)
    names = " beside ".join(map(str, conditions))
    padding = torch.zeros(dataset.lead, *values.shape[1:])
    shifted = align_conditions(torch.cat([values, padding]), dataset.lead)
    clip = _batch(given.values, shifted[:length])
    return UserClip(clip, (note, _note(names, counted(len(values), "condition"), images)))


def _read_given_frames(path: Path, past: int, dataset: Dataset) -> UserFrames:
    given = read_user_frames(path, past, dataset.frame)
    if len(given.values) < past:
        raise DataError(
            f"holds {counted(len(given.values), 'frame')}, but the model is given {past} to predict from; give more",
            path,
        )
    return given


def _batch(frames: Tensor, conditions: Tensor) -> Clip:
    return Clip(frames[None].float() / 255, conditions[None])


def _longest_clip(dataset: Dataset, samples: int) -> int:
    frame_bytes = 4 * torch.Size(dataset.frame.shape).numel()
    return MOST_BYTES // (samples * frame_bytes)


def _read_conditions(paths: Sequence[Path], dataset: Dataset, count: int) -> tuple[Tensor, UserFrames | None]:
    if not paths:
        kind = "an image (a folder of images, say)"
        if dataset.condition.size is None:
            kind = f"{dataset.condition.channels} numbers (a CSV or an .npy)"
        raise DataError(
            f"--conditions: is missing; the model reads {kind} for each frame, as its data set {dataset.name} has them"
        )
    return read_user_conditions(paths, dataset.condition, count)


def _steps_without_conditions(paths: Sequence[Path], steps: int | None) -> int:
    if paths:
        raise DataError(f"--conditions {paths[0]}: the model reads no conditions; leave it out")
    if steps is None:
        raise DataError("--steps: is missing; the model reads no conditions, so say how many frames to predict")
    return steps


def _check_proportions(path: Path, images: UserFrames, frames: Path, given: UserFrames) -> None:
    """Raise DataError if condition images and frames have different proportions: they would not show the same view."""
    (height, width), (frame_height, frame_width) = images.size, given.size
    if abs(height * frame_width - width * frame_height) > max(height, width, frame_height, frame_width):
        raise DataError(
            f"is {height}x{width}, but {frames} is {frame_height}x{frame_width} (height x width); "
            "crop or scale one as the other",
            path,
        )


def _note(where: Path | str, content: str, frames: UserFrames | None) -> str:
    return ", ".join([f"{where}: {content}", *(frames.notes if frames else ())])
