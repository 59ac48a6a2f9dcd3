"""Read the previews that a run has stored: previews/epoch_0007.json describes the sheet of frames epoch_0007.webp."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from typing_extensions import TypedDict

from vidpred.errors import DataError
from vidpred.runs.layout import RunFolder


class StoredPerFrame(TypedDict):
    """Means over the validation clips for each predicted frame; `first` is the index of the first predicted frame."""

    epoch: int
    first: int
    predicted: dict[str, list[float | None]]
    copy_last: dict[str, list[float | None]]


class PreviewPsnr(TypedDict):
    """PSNR in dB of each predicted frame: posterior and copy_last by clip, samples by clip and sample."""

    posterior: list[list[float | None]]
    samples: list[list[list[float | None]]]
    copy_last: list[list[float | None]]


class PreviewDescription(TypedDict):
    """Contents of previews/epoch_0007.json. `width` and `height` are those of a frame in the sheet; `shrunk` is the
    factor by which it is smaller than the model's frame; `best` is the index of each clip's best sample."""

    epoch: int
    clips: int
    samples: int
    frames: int
    length: int
    past: int
    width: int
    height: int
    shrunk: int
    best: list[int]
    psnr: PreviewPsnr
    per_frame: StoredPerFrame | None


class StoredPreview(NamedTuple):
    """A preview in the run folder: its description and the path of its sheet."""

    description: PreviewDescription
    sheet: Path

    @property
    def epoch(self) -> int:
        return int(self.description["epoch"])


def read_previews(run: RunFolder) -> list[StoredPreview]:
    """Read all previews of a run, oldest first. Raise DataError if one of them is broken."""
    previews = map(_read_preview, run.existing_previews(".json"))
    return sorted(previews, key=lambda preview: preview.epoch)


def _read_preview(path: Path) -> StoredPreview:
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path}: invalid JSON: {error}; delete it") from error
    if not isinstance(description, dict) or not description.keys() >= PreviewDescription.__required_keys__:
        raise DataError(f"{path}: does not describe a preview; delete it")
    sheet = path.with_suffix(".webp")
    if not sheet.is_file():
        raise DataError(f"{sheet}: is missing; delete {path.name} too")
    try:
        matches = _sheet_size(sheet) == _described_size(description)
    except (OSError, ValueError, TypeError, Image.DecompressionBombError) as error:
        raise DataError(f"{sheet}: cannot be read: {error}; delete it and {path.name}") from error
    if not matches:
        raise DataError(f"{sheet}: does not have the size that {path.name} states; delete both")
    return StoredPreview(description, sheet)  # type: ignore[arg-type]


def _sheet_size(sheet: Path) -> tuple[int, int]:
    """Read width and height from the header; a truncated WebP file cannot even be opened."""
    with Image.open(sheet, formats=("WEBP",)) as image:
        return image.size


def _described_size(description: Mapping[str, Any]) -> tuple[int, int]:
    rows = description["clips"] * (description["samples"] + 2)  # truth and posterior above the samples
    return description["frames"] * description["width"], rows * description["height"]
