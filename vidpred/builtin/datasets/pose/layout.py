"""The LAB4 layout of pose video: a folder of frames beside a folder of skeleton images, with the same file names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torchvision.transforms.v2.functional import resize

from vidpred import DataError, Lengths, Problem, Split, SplitName, Window
from vidpred.io import consecutive_files, natural_key, read_frame

FOLDERS: dict[SplitName, str] = {"train": "train", "validate": "val", "test": "test"}


class Video(NamedTuple):
    """Frames and labels of one video, in order. Label t belongs to frame t; the last frames may be missing."""

    image_folder: Path
    label_folder: Path
    frames: tuple[str, ...]
    labels: tuple[str, ...]


class VideoSplit(Split):
    """Some videos, resized to one size (H, W). `note` is appended to their descriptions."""

    def __init__(self, videos: Sequence[Video], size: tuple[int, int], note: str = "") -> None:
        self.videos, self.size, self.note = videos, size, note
        self.lengths = [Lengths(len(video.frames), len(video.labels)) for video in videos]

    def read(self, index: int, start: int, length: int) -> Window:
        video, end = self.videos[index], start + length
        frames = [read_frame(video.image_folder / name, advice="") for name in video.frames[start:end]]
        labels = [read_frame(video.label_folder / name, advice="") for name in video.labels[start:end]]
        for offset, label in enumerate(labels if frames else []):
            frame_offset = min(offset, len(frames) - 1)  # a test video has its first frames only
            problem = size_mismatch(
                video.label_folder / video.labels[start + offset],
                label,
                video.image_folder / video.frames[start + frame_offset],
                frames[frame_offset],
            )
            if problem:
                raise DataError(problem.message, problem.path)
        return Window(self._resize(frames), self._resize(labels).float() / 255)

    def describe(self, index: int) -> str:
        return f"{self.videos[index].image_folder}{self.note}"

    def problems(self, indices: Sequence[int]) -> Iterator[Problem]:
        for index in indices:
            for t in range(self.lengths[index].conditions):
                try:
                    self.read(index, t, 1)
                except DataError as error:
                    yield Problem.from_error(error, self.videos[index].image_folder)

    def _resize(self, images: Sequence[Tensor]) -> Tensor:
        """Resize and stack images to uint8 [T, 3, H, W]."""
        if not images:
            return torch.zeros(0, 3, *self.size, dtype=torch.uint8)
        height_width = list(self.size)
        return torch.stack(
            [image if image.shape[1:] == self.size else resize(image, height_width, antialias=True) for image in images]
        )


def paired_video(images: Path, labels: Path) -> Video:
    """Return a video in which each frame has a label of the same name. Raises DataError for one without the other."""
    frame_names = consecutive_files(images, ".png", bare=False)
    label_names = consecutive_files(labels, ".png", bare=False)
    frames, names = set(frame_names), set(label_names)
    unpaired = [name for name in (*frame_names, *label_names) if (name in frames) != (name in names)]
    if unpaired:
        existing, missing = (images, labels) if unpaired[0] in frames else (labels, images)
        more = f" (and {len(unpaired) - 1} more like this)" if len(unpaired) > 1 else ""
        raise DataError(
            f"is missing, though {existing / unpaired[0]} is there{more}; each frame needs a label of the same name",
            missing / unpaired[0],
        )
    return Video(images, labels, frame_names, label_names)


def list_test_videos(images: Path, labels: Path) -> list[Video]:
    """List the videos to be predicted: each has labels, and at least a first frame. Raises DataError."""
    videos = [_test_video(images / folder.name, folder) for folder in subfolders(labels)]
    unlabelled = [folder for folder in subfolders(images) if not (labels / folder.name).is_dir()]
    if unlabelled:
        raise DataError(
            f"no such folder, though {unlabelled[0]} is there; it should hold a label for every frame",
            labels / unlabelled[0].name,
        )
    if not videos:
        raise no_videos(images, labels)
    return videos


def _test_video(images: Path, labels: Path) -> Video:
    advice = f"it should be the first frame for the labels in {labels}"
    if not (images.is_dir() and any(images.glob("*.png"))):
        raise DataError(f"is missing; {advice}", images / "0.png")
    frame_names = consecutive_files(images, ".png", bare=False)
    label_names = consecutive_files(labels, ".png", bare=False)
    if frame_names[0] != label_names[0]:
        raise DataError(f"is missing; {advice}", images / label_names[0])
    if len(frame_names) > len(label_names):
        raise DataError(
            f"holds {len(label_names)} labels for {len(frame_names)} frames in {images}; each frame needs one", labels
        )
    return Video(images, labels, frame_names, label_names)


def subfolders(folder: Path) -> list[Path]:
    """List the folders in a folder by the numbers in their names."""
    return sorted((path for path in folder.iterdir() if path.is_dir()), key=natural_key)


def no_videos(images: Path, labels: Path) -> DataError:
    """Return the error for a test split without videos."""
    return DataError(
        f"holds no videos; it should be {labels.name}/<k>/0.png, 1.png, …, "
        f"with the first frame in {images.name}/<k>/0.png",
        labels,
    )


def size_mismatch(label_path: Path, label: Tensor, frame_path: Path, frame: Tensor) -> Problem | None:
    """Return the problem if a label [3, H, W] and its frame [3, H, W] have different sizes."""
    if label.shape == frame.shape:
        return None
    size, expected = ("x".join(map(str, image.shape[1:])) for image in (label, frame))
    return Problem(
        label_path,
        f"is {size}, but its frame in {frame_path.parent} is {expected} (height x width); "
        f"scale it to {expected}, or {frame_path.name} to {size}",
    )
