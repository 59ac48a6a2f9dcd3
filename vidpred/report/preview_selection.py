"""Select the previews that a report embeds, and encode their sheets of frames."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from vidpred.errors import DataError
from vidpred.report.preview_files import StoredPreview

MAX_EPOCHS = 16
MAX_CHARACTERS = 18_000_000  # base64 characters of all sheets together: keeps a report under 20 MB
# JPEG with full colour resolution: at the same size 1 to 2 dB above WebP, which halves the colour resolution.
_QUALITIES = (90, 60)
_LOWEST_QUALITY = 30


class EmbeddedPreview(NamedTuple):
    """A preview as it is embedded in the page. `quality` is that of its JPEG; None if the frames are exact."""

    stored: StoredPreview
    uri: str
    quality: int | None = None


def embed_previews(previews: Sequence[StoredPreview], best_epochs: Iterable[int]) -> list[EmbeddedPreview]:
    """Select and encode previews, oldest first: lossless if all of them fit, else as JPEG and as many as fit.

    A preview of one of the `best_epochs`, or the next one after it, takes precedence over others.
    """
    selected = select_previews(previews, best_epochs)
    if sum(_base64_length(preview.sheet) for preview in selected) <= MAX_CHARACTERS:
        embedded = [EmbeddedPreview(preview, _data_uri("webp", preview.sheet.read_bytes())) for preview in selected]
    else:
        embedded = _embed_as_jpeg(selected)
    return sorted(embedded, key=lambda preview: preview.stored.epoch)


def select_previews(previews: Sequence[StoredPreview], best_epochs: Iterable[int]) -> list[StoredPreview]:
    """Select at most 16 previews, most important first: the last, the best, the first, and then repeatedly the one that
    is farthest from all that are selected."""
    if not previews:
        return []
    epochs = [preview.epoch for preview in previews]
    best = [index for epoch in best_epochs if (index := _index_from(epochs, epoch)) is not None]
    selected = list(dict.fromkeys([len(epochs) - 1, *best, 0]))[:MAX_EPOCHS]
    while len(selected) < min(MAX_EPOCHS, len(epochs)):
        selected.append(_farthest(len(epochs), selected))
    return [previews[index] for index in selected]


def _index_from(epochs: Sequence[int], epoch: int) -> int | None:
    """Return the index of the first preview that is not before an epoch."""
    return next((index for index, other in enumerate(epochs) if other >= epoch), None)


def _farthest(count: int, selected: Sequence[int]) -> int:
    """Return the index with the largest distance to all selected indices; of several, the smallest."""
    remaining = set(range(count)) - set(selected)
    return max(remaining, key=lambda index: (min(abs(index - other) for other in selected), -index))


def _embed_as_jpeg(selected: Sequence[StoredPreview]) -> list[EmbeddedPreview]:
    """Encode all previews with the highest quality at which they fit; else as many as fit. The first is always
    embedded, whatever quality that takes, because a page without any frames shows nothing."""
    embedded: list[EmbeddedPreview] = []
    for quality in _QUALITIES:
        embedded = list(_embed_fitting(selected, quality))
        if len(embedded) == len(selected):
            break
    return embedded or list(_embed_fitting(selected[:1], _LOWEST_QUALITY))


def _embed_fitting(selected: Iterable[StoredPreview], quality: int) -> Iterator[EmbeddedPreview]:
    remaining = MAX_CHARACTERS
    for preview in selected:
        uri = _jpeg_uri(preview.sheet, quality)
        if len(uri) <= remaining:
            remaining -= len(uri)
            yield EmbeddedPreview(preview, uri, quality)


def _jpeg_uri(sheet: Path, quality: int) -> str:
    file = io.BytesIO()
    try:
        with Image.open(sheet) as image:
            image.convert("RGB").save(file, "JPEG", quality=quality, subsampling=0)
    except OSError as error:
        raise DataError(f"{sheet}: cannot be read: {error}; delete it and {sheet.stem}.json") from error
    return _data_uri("jpeg", file.getvalue())


def _base64_length(path: Path) -> int:
    return 4 * -(-path.stat().st_size // 3)


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
