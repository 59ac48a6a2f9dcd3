"""The LAB4 layout of pose video: a folder of frames beside a folder of skeletons, file by file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torchvision.transforms.v2.functional import resize

from vidpred import DataError, Lengths, Problem, Split, SplitName, Window
from vidpred.io import consecutive_files, read_frame

FOLDERS: dict[SplitName, str] = {"train": "train", "validate": "val", "test": "test"}


class Video(NamedTuple):
    """Frames and labels of one video, in order. Label t belongs to frame t; there may be more labels than frames."""

    images: Path
    skeletons: Path
    frames: tuple[str, ...]
    labels: tuple[str, ...]


class Videos(Split):
    """Some videos, resized to one size (H, W)."""

    def __init__(self, videos: Sequence[Video], size: tuple[int, int], note: str = "") -> None:
        self.videos, self.size, self.note = videos, size, note
        self.lengths = [Lengths(len(video.frames), len(video.labels)) for video in videos]

    def read(self, index: int, start: int, length: int) -> Window:
        video, end = self.videos[index], start + length
        frames = [read_frame(video.images / name, advice="") for name in video.frames[start:end]]
        labels = [read_frame(video.skeletons / name, advice="") for name in video.labels[start:end]]
        for place, label in enumerate(labels if frames else []):
            own = min(place, len(frames) - 1)  # of a clip to be predicted, only the first frames are there
            wrong = mismatch(
                video.skeletons / video.labels[start + place],
                label,
                video.images / video.frames[start + own],
                frames[own],
            )
            if wrong:
                raise DataError(wrong.message, wrong.path)
        return Window(self._resized(frames), self._resized(labels).float() / 255)

    def describe(self, index: int) -> str:
        return f"{self.videos[index].images}{self.note}"

    def problems(self, indices: Sequence[int]) -> Iterator[Problem]:
        for index in indices:
            for place in range(self.lengths[index].conditions):
                try:
                    self.read(index, place, 1)
                except DataError as error:
                    yield Problem.from_error(error, self.videos[index].images)

    def _resized(self, images: Sequence[Tensor]) -> Tensor:
        """uint8 [T, 3, H, W]."""
        return (
            torch.stack(
                [
                    image if image.shape[1:] == self.size else resize(image, list(self.size), antialias=True)
                    for image in images
                ]
            )
            if images
            else torch.zeros(0, 3, *self.size, dtype=torch.uint8)
        )


def paired(images: Path, labels: Path) -> Video:
    """A video whose every frame has its label, of the same name."""
    video = Video(
        images, labels, consecutive_files(images, ".png", bare=False), consecutive_files(labels, ".png", bare=False)
    )
    frames, names = set(video.frames), set(video.labels)
    lonely = [name for name in (*video.frames, *video.labels) if (name in frames) != (name in names)]
    if lonely:
        has, lacks = (images, labels) if lonely[0] in frames else (labels, images)
        raise DataError(
            f"is missing, though {has / lonely[0]} is there"
            f"{f' (and {len(lonely) - 1} more like this)' if len(lonely) > 1 else ''}; each frame needs a label of the same name",
            lacks / lonely[0],
        )
    return video


def mismatch(label: Path, skeleton: Tensor, frame: Path, image: Tensor) -> Problem | None:
    """What is wrong where a label [3, H, W] and its frame [3, H, W] are of different sizes."""
    if skeleton.shape == image.shape:
        return None
    size, wanted = ("x".join(map(str, found.shape[1:])) for found in (skeleton, image))
    return Problem(
        label,
        f"is {size}, but its frame in {frame.parent} is {wanted} (height x width); "
        f"scale it to {wanted}, or {frame.name} to {size}",
    )
