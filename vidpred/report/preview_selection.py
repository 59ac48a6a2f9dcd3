"""Which previews a report shows, and how their frames get into it."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from vidpred.errors import DataError
from vidpred.runs.layout import RunFolder

MOST_EPOCHS = 16
MOST_CHARACTERS = 18_000_000  # of all sheets in base64: a report stays under 20 MB
_QUALITIES, _WORST = (
    (90, 60),
    30,
)  # of JPEG with full colour: for its size 1 to 2 dB above WebP, which halves the colour's resolution
_FIELDS = {
    "epoch",
    "clips",
    "samples",
    "frames",
    "length",
    "past",
    "width",
    "height",
    "shrunk",
    "best",
    "psnr",
    "per_frame",
}


class Stored(NamedTuple):
    """A preview of the run folder: what previews/epoch_0007.json says, and its sheet."""

    about: dict[str, Any]
    sheet: Path

    @property
    def epoch(self) -> int:
        return int(self.about["epoch"])


class Shown(NamedTuple):
    """A preview as it goes into the page. `quality` is JPEG's; None: the frames are exact."""

    stored: Stored
    uri: str
    quality: int | None = None


def stored(run: RunFolder) -> list[Stored]:
    """All previews whose frames were kept, oldest first. Raises DataError where one is broken."""
    return sorted(map(_read, run.existing_previews(".json")), key=lambda one: one.epoch)


def shown(previews: Sequence[Stored], best: Iterable[int]) -> list[Shown]:
    """The most telling previews, oldest first: exact where all of them fit, else with loss, and as many as fit. The best
    `epochs` that have a preview, or the first preview after them, come before others."""
    chosen = list(most_telling(previews, best))
    sizes = [4 * -(-one.sheet.stat().st_size // 3) for one in chosen]
    made = (
        [Shown(one, _uri("webp", one.sheet.read_bytes())) for one in chosen]
        if sum(sizes) <= MOST_CHARACTERS
        else _lossy(chosen)
    )
    return sorted(made, key=lambda one: one.stored.epoch)


def most_telling(previews: Sequence[Stored], best: Iterable[int]) -> Iterator[Stored]:
    """The last, the best, the first, and then always the one that is farthest from all that were chosen: at most 16."""
    epochs = [one.epoch for one in previews]
    wanted = [
        place
        for epoch in best
        for place in [next((place for place, there in enumerate(epochs) if there >= epoch), None)]
        if place is not None
    ]
    chosen = list(dict.fromkeys([len(epochs) - 1, *wanted, 0]))[:MOST_EPOCHS] if epochs else []
    while len(chosen) < min(MOST_EPOCHS, len(epochs)):
        chosen.append(
            max(
                set(range(len(epochs))) - set(chosen),
                key=lambda place: (min(abs(place - other) for other in chosen), -place),
            )
        )
    return (previews[place] for place in chosen)


def _lossy(chosen: Sequence[Stored]) -> list[Shown]:
    """All of them, at the better quality that lets them in; else as many as fit, and the first, without which there is nothing
    to see, whatever it then looks like."""
    made: list[Shown] = []
    for quality in _QUALITIES:
        made = list(_fitting(chosen, quality))
        if len(made) == len(chosen):
            break
    return made or list(_fitting(chosen[:1], _WORST))


def _fitting(chosen: Iterable[Stored], quality: int) -> Iterator[Shown]:
    room = MOST_CHARACTERS
    for one in chosen:
        uri = _jpeg(one.sheet, quality)
        if len(uri) <= room:
            room -= len(uri)
            yield Shown(one, uri, quality)


def _jpeg(sheet: Path, quality: int) -> str:
    file = io.BytesIO()
    try:
        with Image.open(sheet) as image:
            image.convert("RGB").save(file, "JPEG", quality=quality, subsampling=0)
    except OSError as error:
        raise DataError(f"{sheet}: cannot be read: {error}; delete it and {sheet.stem}.json") from error
    return _uri("jpeg", file.getvalue())


def _uri(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _read(path: Path) -> Stored:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path}: is no JSON: {error}; delete it") from error
    sheet = path.with_suffix(".webp")
    if not isinstance(about, dict) or not about.keys() >= _FIELDS:
        raise DataError(f"{path}: does not describe a preview; delete it")
    if not sheet.is_file():
        raise DataError(f"{sheet}: is missing; delete {path.name} too")
    try:
        with Image.open(sheet, formats=("WEBP",)) as image:  # its header: that of a torn one cannot be opened
            fits = image.size == (
                about["frames"] * about["width"],
                about["clips"] * (about["samples"] + 2) * about["height"],
            )
    except (OSError, ValueError, TypeError, Image.DecompressionBombError) as error:
        raise DataError(f"{sheet}: cannot be read: {error}; delete it and {path.name}") from error
    if not fits:
        raise DataError(f"{sheet}: does not hold the frames that {path.name} says; delete both")
    return Stored(about, sheet)
