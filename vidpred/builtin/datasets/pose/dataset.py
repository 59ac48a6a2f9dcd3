"""Pose video: a filmed person, with a drawn skeleton for every frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PositiveInt

from vidpred import CheckUnit, DataError, Dataset, FeatureSpec, Split, SplitName
from vidpred.builtin.datasets.pose.integrity import check_video
from vidpred.builtin.datasets.pose.layout import (
    FOLDERS,
    Video,
    VideoSplit,
    list_test_videos,
    no_videos,
    paired_video,
    subfolders,
)
from vidpred.io import natural_key


def _check_two(size: Any) -> Any:
    """Raise ValueError unless there are two numbers; pydantic's own message does not say which they are."""
    if isinstance(size, list | tuple) and len(size) != 2:
        bound = "least" if len(size) < 2 else "most"
        raise ValueError(f"should have at {bound} 2 items, not {len(size)}: height and width, as in [32, 64]")
    return size


Side = Annotated[PositiveInt, Field(ge=8, le=1024)]


class PoseVideo(Dataset):
    """Videos of a person, and for each frame the drawn skeleton that conditions it: both RGB maps, resized to `size`.

    The LAB4 layout: ROOT/train/train_img/0.png, 1.png, … and ROOT/train/train_label/ with the same names, likewise
    val; each is one video. ROOT/test/test_img/<k>/0.png and ROOT/test/test_label/<k>/0.png, 1.png, … hold any number
    of videos, which need only their first frame.
    """

    name = "pose_video"
    reference = "LAB4 of NYCU's deep learning course: conditional VAE for video prediction"
    lead = 0

    class Config(Dataset.Config):
        root: Path = Field(Path("data/pose"), description="folder with train, val and test")
        size: Annotated[tuple[Side, Side], BeforeValidator(_check_two)] = Field(
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
        size, fraction = self.config.size, self.config.fraction
        images, labels = map(_existing_folder, self._folders(name))
        if name == "test":
            return VideoSplit(list_test_videos(images, labels), size)
        video = paired_video(images, labels)
        used = max(1, round(len(video.labels) * fraction))
        note = f" (data.fraction {fraction:g} of it)" if fraction < 1 else ""
        return VideoSplit([Video(images, labels, video.frames[:used], video.labels[:used])], size, note)

    def check_units(self, name: SplitName) -> Sequence[CheckUnit]:
        images, labels = self._folders(name)
        if not (images.is_dir() or labels.is_dir()):  # if one exists, it is checked, and the other is reported
            _existing_folder(images)
        if name != "test":
            return check_video(images, labels, is_paired=True, fraction=self.config.fraction)
        videos = {path.name: path for folder in (images, labels) if folder.is_dir() for path in subfolders(folder)}
        if not videos:
            raise no_videos(images, labels)
        units: list[CheckUnit] = []
        for path in sorted(videos.values(), key=natural_key):
            units += check_video(images / path.name, labels / path.name, is_paired=False)
        return units

    def write_demo_data(self, root: Path, seed: int) -> None:
        from vidpred.worlds.person.files import write_pose_data  # the renderer is needed for demo data only

        write_pose_data(root, seed, train=1200, val=250, test=(100, 100))

    def _folders(self, name: SplitName) -> tuple[Path, Path]:
        """Return the folders of the frames and of the labels. Raises DataError without a root."""
        root, folder = self.config.root, FOLDERS[name]
        if not root.is_dir():
            raise DataError(
                f"data.root: no folder {root}; it should hold train, val and test; give another with "
                "--set data.root=FOLDER (docs/data.md says how it is laid out), or do without any: "
                "vidpred run RECIPE --sample"
            )
        return root / folder / f"{folder}_img", root / folder / f"{folder}_label"


def _existing_folder(folder: Path) -> Path:
    if not folder.is_dir():
        parent = next(parent for parent in folder.parents if parent.is_dir())
        existing = ", ".join(sorted(path.name for path in parent.iterdir() if path.is_dir())) or "none"
        raise DataError(
            f"no such folder; folders in {parent}: {existing} (docs/data.md says how pose video is laid out)", folder
        )
    return folder
