"""Pose video: a person, filmed, with a drawn skeleton for every frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PositiveInt

from vidpred import CheckUnit, DataError, Dataset, FeatureSpec, Split, SplitName
from vidpred.builtin.datasets.pose.integrity import video_parts
from vidpred.builtin.datasets.pose.layout import FOLDERS, Video, Videos, paired
from vidpred.io import consecutive_files, natural_key


def _two(size: Any) -> Any:
    if isinstance(size, list | tuple) and len(size) != 2:
        raise ValueError(
            f"should have at {'least' if len(size) < 2 else 'most'} 2 items, not {len(size)}: height and width, as in [32, 64]"
        )
    return size


Side = Annotated[PositiveInt, Field(ge=8, le=1024)]


class PoseVideo(Dataset):
    """Videos of a person, and for each frame the drawn skeleton that conditions it: both RGB maps, resized to `size`.

    The LAB4 layout: ROOT/train/train_img/0.png, 1.png, … and ROOT/train/train_label/ with the same names, likewise val; each
    is one video. ROOT/test/test_img/<k>/0.png and ROOT/test/test_label/<k>/0.png, 1.png, … hold as many videos as wanted, of
    which only the first frame need be there.
    """

    name = "pose_video"
    reference = "LAB4 of NYCU's deep learning course: conditional VAE for video prediction"
    lead = 0

    class Config(Dataset.Config):
        root: Path = Field(Path("data/pose"), description="folder with train, val and test")
        size: Annotated[tuple[Side, Side], BeforeValidator(_two)] = Field(
            (32, 64), description="height and width that frames and skeletons are resized to, antialiased"
        )
        fraction: float = Field(
            1.0,
            gt=0,
            le=1,
            description="share of the training and validation video that is used, from its first frame on",
        )

    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.frame = self.condition = FeatureSpec(3, config.size)

    def split(self, name: SplitName) -> Split:
        size = self.config.size
        images, labels = map(_existing, self._folders(name))
        if name == "test":
            return Videos(tests(images, labels), size)
        video = paired(images, labels)
        used = max(1, round(len(video.labels) * self.config.fraction))
        note = f" (data.fraction {self.config.fraction:g} of it)" if self.config.fraction < 1 else ""
        return Videos([Video(images, labels, video.frames[:used], video.labels[:used])], size, note)

    def check_units(self, name: SplitName) -> Sequence[CheckUnit]:
        images, labels = self._folders(name)
        if not (images.is_dir() or labels.is_dir()):  # one alone is read, and the other is named
            _existing(images)
        if name != "test":
            return video_parts(images, labels, paired=True, fraction=self.config.fraction)
        names = {
            path.name: path
            for folder in (images, labels)
            if folder.is_dir()
            for path in folder.iterdir()
            if path.is_dir()
        }
        if not names:
            raise _no_videos(images, labels)
        return [
            part
            for path in sorted(names.values(), key=natural_key)
            for part in video_parts(images / path.name, labels / path.name, paired=False)
        ]

    def _folders(self, name: SplitName) -> tuple[Path, Path]:
        """Those of the frames and of the labels."""
        root, here = self.config.root, FOLDERS[name]
        if not root.is_dir():
            raise DataError(
                f"data.root: no folder {root}; it should hold train, val and test; give another with "
                "--set data.root=FOLDER (docs/data.md says how it is laid out), or do without any: vidpred run RECIPE --sample"
            )
        return root / here / f"{here}_img", root / here / f"{here}_label"

    def write_demo_data(self, root: Path, seed: int) -> None:
        from vidpred.worlds.person.files import write_pose_data  # the renderer is needed for demo data only

        write_pose_data(root, seed, train=1200, val=250, test=(100, 100))


def tests(images: Path, labels: Path) -> list[Video]:
    """The videos to be predicted: each has labels, and a first frame at least."""
    found = []
    for folder in sorted((path for path in labels.iterdir() if path.is_dir()), key=natural_key):
        frames = images / folder.name
        if not (frames.is_dir() and any(frames.glob("*.png"))):
            raise DataError(f"is missing; it should be the first frame for the labels in {folder}", frames / "0.png")
        video = Video(
            frames, folder, consecutive_files(frames, ".png", bare=False), consecutive_files(folder, ".png", bare=False)
        )
        if video.frames[0] != video.labels[0]:
            raise DataError(
                f"is missing; it should be the first frame for the labels in {folder}", frames / video.labels[0]
            )
        if len(video.frames) > len(video.labels):
            raise DataError(
                f"holds {len(video.labels)} labels for {len(video.frames)} frames in {frames}; each frame needs one",
                folder,
            )
        found.append(video)
    unlabelled = sorted(
        (path for path in images.iterdir() if path.is_dir() and not (labels / path.name).is_dir()), key=natural_key
    )
    if unlabelled:
        raise DataError(
            f"no such folder, though {unlabelled[0]} is there; it should hold a label for every frame",
            labels / unlabelled[0].name,
        )
    if not found:
        raise _no_videos(images, labels)
    return found


def _no_videos(images: Path, labels: Path) -> DataError:
    return DataError(
        f"holds no videos; it should be {labels.name}/<k>/0.png, 1.png, …, with the first frame in {images.name}/<k>/0.png",
        labels,
    )


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        above = next(parent for parent in folder.parents if parent.is_dir())
        there = ", ".join(sorted(path.name for path in above.iterdir() if path.is_dir())) or "none"
        raise DataError(
            f"no such folder; folders in {above}: {there} (docs/data.md says how pose video is laid out)", folder
        )
    return folder
