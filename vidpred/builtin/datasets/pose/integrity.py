"""Checks a video of the LAB4 layout, however damaged it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from vidpred import CheckUnit, DataError, Problem, Window
from vidpred.builtin.datasets.pose.layout import size_mismatch
from vidpred.io import NumberedFiles, list_numbered_files, missing_files, read_frame

_STEPS_AT_ONCE = 64  # in a check unit


class _Step(NamedTuple):
    """The files of one number; None if missing."""

    frame: Path | None
    label: Path | None


class _VideoFiles(NamedTuple):
    """The files of a video. `is_paired`: every label needs a frame; else only the first one does."""

    image_folder: Path
    label_folder: Path
    frames: NumberedFiles
    labels: NumberedFiles
    is_paired: bool

    def numbers(self) -> list[int]:
        """Return the numbers of all frames and labels, in order."""
        return sorted({*self.frames.names, *self.labels.names})

    def step(self, number: int) -> _Step:
        """Return the files of a number."""
        frame, label = self.frames.names.get(number), self.labels.names.get(number)
        return _Step(
            None if frame is None else self.image_folder / frame, None if label is None else self.label_folder / label
        )


def check_video(images: Path, labels: Path, *, is_paired: bool, fraction: float = 1.0) -> list[CheckUnit]:
    """Return check units of a video: its file names, and stretches of its steps.

    `is_paired`: every label needs a frame; else only the first one does. `fraction` is that of the data set.
    """
    frames = list_numbered_files(images, ".png", bare=False)
    files = _VideoFiles(images, labels, frames, list_numbered_files(labels, ".png", bare=False), is_paired)
    numbers = files.numbers()
    steps = [files.step(number) for number in numbers[: max(1, round(len(numbers) * fraction))]]
    first_frame = steps[0].frame if steps and not is_paired else None
    problems = [*files.frames.problems, *files.labels.problems, *_find_unpaired(files)]
    stretches = [steps[start : start + _STEPS_AT_ONCE] for start in range(0, len(steps), _STEPS_AT_ONCE)]
    return [
        CheckUnit(images, partial(iter, problems)),
        *(CheckUnit(images, partial(_read_steps, stretch, first_frame)) for stretch in stretches),
    ]


def _find_unpaired(files: _VideoFiles) -> Iterator[Problem]:
    """Yield frames without labels, labels without frames, gaps, and labels with other names than their frames."""
    if not (files.frames.names and files.labels.names):  # which is a problem of its folder already
        return
    numbers = files.numbers()
    last_frame = numbers[-1] if files.is_paired else max(files.frames.names)
    first = numbers[0]
    yield from _find_missing(files.image_folder, files.frames, files.label_folder, files.labels, first, last_frame)
    yield from _find_missing(files.label_folder, files.labels, files.image_folder, files.frames, first, numbers[-1])
    yield from _find_misnamed(files)


def _find_missing(
    folder: Path, files: NumberedFiles, other_folder: Path, others: NumberedFiles, first: int, last: int
) -> Iterator[Problem]:
    """Yield the missing files of one folder, from number `first` to `last`."""
    for number, (path, message) in missing_files(folder, files.names, first, last, others.names):
        if number in others.names:
            reason = f"{other_folder / others.names[number]} is there"
        else:
            reason = f"the video continues to number {last}"
        yield Problem(path, f"{message}, though {reason}; each frame needs a label of the same name")


def _find_misnamed(files: _VideoFiles) -> Iterator[Problem]:
    """Yield one problem if labels have other names than their frames."""
    frames, labels = files.frames.names, files.labels.names
    numbers = files.numbers()
    misnamed = [
        number
        for number in (numbers if files.is_paired else numbers[:1])
        if number in frames
        and number in labels
        and frames[number] != labels[number]
        and not (files.image_folder / labels[number]).exists()
    ]
    if misnamed:
        first = misnamed[0]
        more = f" (and {len(misnamed) - 1:,} more like this)" if len(misnamed) > 1 else ""
        yield Problem(
            files.label_folder / labels[first],
            f"should be called {frames[first]}, as its frame in {files.image_folder} is{more}; "
            "each frame needs a label of the same name",
        )


def _read_steps(steps: Sequence[_Step], first_frame: Path | None) -> Iterator[Window | Problem]:
    """Yield frames with their labels, and problems. A label without a frame should have the first frame's size."""
    needs_first = first_frame is not None and any(step.frame is None for step in steps)
    first_image = _read_image(first_frame) if needs_first else None
    for step in steps:
        frame, label = _read_image(step.frame), _read_image(step.label)
        for image in (frame, label):
            if isinstance(image, Problem):
                yield image
        path, image = (step.frame, frame) if step.frame else (first_frame, first_image)
        if step.label and path and isinstance(label, Tensor) and isinstance(image, Tensor):
            mismatch = size_mismatch(step.label, label, path, image)
            if mismatch:
                yield mismatch
        yield Window(_to_batch(frame), _to_batch(label).float() / 255)


def _read_image(path: Path | None) -> Tensor | Problem | None:
    """Read an image [3, H, W]; return its problem if it cannot be read, and None without a path."""
    if path is None:
        return None
    try:
        return read_frame(path, advice="")
    except DataError as error:
        return Problem.from_error(error, path)


def _to_batch(image: Tensor | Problem | None) -> Tensor:
    """Return uint8 [1, 3, H, W], or [0, 3, 1, 1] without an image."""
    return image[None] if isinstance(image, Tensor) else torch.zeros(0, 3, 1, 1, dtype=torch.uint8)
