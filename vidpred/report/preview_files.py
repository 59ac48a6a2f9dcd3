"""Read the previews that a run has stored: previews/epoch_0007.json describes the sheet of frames epoch_0007.webp."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from PIL import Image

from vidpred.errors import DataError
from vidpred.runs.layout import RunFolder
from vidpred.runs.preview_description import PreviewDescription, read_preview_description


class StoredPreview(NamedTuple):
    """A preview in the run folder: its description and the path of its sheet."""

    description: PreviewDescription
    sheet: Path

    @property
    def epoch(self) -> int:
        return self.description["epoch"]


def read_previews(run: RunFolder) -> list[StoredPreview]:
    """Read all previews of a run, oldest first. Raise DataError if one of them is broken."""
    previews = map(_read_preview, run.existing_previews(".json"))
    return sorted(previews, key=lambda preview: preview.epoch)


def _read_preview(path: Path) -> StoredPreview:
    description = read_preview_description(path)
    sheet = path.with_suffix(".webp")
    if not sheet.is_file():
        raise DataError(f"{sheet}: is missing; delete {path.name} too")
    try:
        matches = _sheet_size(sheet) == _described_size(description)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{sheet}: cannot be read: {error}; delete it and {path.name}") from error
    if not matches:
        raise DataError(f"{sheet}: does not have the size that {path.name} states; delete both")
    return StoredPreview(description, sheet)


def _sheet_size(sheet: Path) -> tuple[int, int]:
    """Read width and height from the header; a truncated WebP file cannot even be opened."""
    with Image.open(sheet, formats=("WEBP",)) as image:
        return image.size


def _described_size(description: PreviewDescription) -> tuple[int, int]:
    rows = description["clips"] * (description["samples"] + 2)  # truth and posterior above the samples
    return description["frames"] * description["width"], rows * description["height"]
