"""A video of the LAB4 layout read whole, for checking it, however damaged it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from vidpred import CheckUnit, DataError, Problem, Window
from vidpred.builtin.datasets.pose.layout import mismatch
from vidpred.io import NumberedFiles, list_numbered_files, missing_files, read_frame

_AT_ONCE = 64  # steps of a part


class _Step(NamedTuple):
    """The files of one number, as far as they are there."""

    frame: Path | None
    label: Path | None


def video_parts(images: Path, labels: Path, *, paired: bool, fraction: float = 1.0) -> list[CheckUnit]:
    """A video in stretches. `paired`: every label needs its frame; else the first one does. `fraction` as in the data set."""
    frames, skeletons = list_numbered_files(images, ".png", bare=False), list_numbered_files(labels, ".png", bare=False)
    numbers = sorted({*frames.names, *skeletons.names})
    steps = [
        _Step(
            *(
                folder / there.names[number] if number in there.names else None
                for folder, there in ((images, frames), (labels, skeletons))
            )
        )
        for number in numbers[: max(1, round(len(numbers) * fraction))]
    ]
    first = steps[0].frame if steps and not paired else None
    return [
        CheckUnit(
            images,
            partial(
                iter,
                [*frames.problems, *skeletons.problems, *_unlike(images, frames, labels, skeletons, numbers, paired)],
            ),
        ),
        *(
            CheckUnit(images, partial(_read, steps[start : start + _AT_ONCE], first))
            for start in range(0, len(steps), _AT_ONCE)
        ),
    ]


def _unlike(
    images: Path, frames: NumberedFiles, labels: Path, skeletons: NumberedFiles, numbers: Sequence[int], paired: bool
) -> Iterator[Problem]:
    """Frames without labels, labels without frames, and gaps."""
    if not (frames.names and skeletons.names):  # which has been said
        return
    first, last = numbers[0], numbers[-1]
    for folder, own, beside, other, until in (
        (images, frames, labels, skeletons, last if paired else max(frames.names)),
        (labels, skeletons, images, frames, last),
    ):
        for number, (path, what) in missing_files(folder, own.names, first, until, other.names):
            though = (
                f"{beside / other.names[number]} is there"
                if number in other.names
                else f"the video goes on to number {until}"
            )
            yield Problem(path, f"{what}, though {though}; each frame needs a label of the same name")
    named = [
        number
        for number in (numbers if paired else [first])
        if number in frames.names
        and number in skeletons.names
        and frames.names[number] != skeletons.names[number]
        and not (images / skeletons.names[number]).exists()
    ]
    if named:
        more = f" (and {len(named) - 1:,} more like this)" if len(named) > 1 else ""
        yield Problem(
            labels / skeletons.names[named[0]],
            f"should be called {frames.names[named[0]]}, as its frame in {images} is{more}; "
            "each frame needs a label of the same name",
        )


def _read(steps: Sequence[_Step], first: Path | None) -> Iterator[Window | Problem]:
    """Each frame with its label, and what is wrong with them. A label without a frame is as large as the `first` frame."""
    begin: Tensor | Problem | None = _image(first) if first and any(step.frame is None for step in steps) else None
    for step in steps:
        frame, label = _image(step.frame), _image(step.label)
        yield from (wrong for wrong in (frame, label) if isinstance(wrong, Problem))
        beside, image = (step.frame, frame) if step.frame else (first, begin)
        if step.label and beside and isinstance(label, Tensor) and isinstance(image, Tensor):
            wrong = mismatch(step.label, label, beside, image)
            if wrong:
                yield wrong
        yield Window(_batch(frame), _batch(label).float() / 255)


def _image(path: Path | None) -> Tensor | Problem | None:
    """An image [3, H, W], or what is wrong with it; None where there is none."""
    if path is None:
        return None
    try:
        return read_frame(path, advice="")
    except DataError as error:
        return Problem.from_error(error, path)


def _batch(image: Tensor | Problem | None) -> Tensor:
    """uint8 [1, 3, H, W], or [0, 3, 1, 1]."""
    return image[None] if isinstance(image, Tensor) else torch.zeros(0, 3, 1, 1, dtype=torch.uint8)
