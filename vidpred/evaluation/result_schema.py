"""RUN/eval/<label>: what an evaluation leaves behind, as those agree on it who write and who read it. No torch here."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import (
    Any,
    Literal,
    NotRequired,  # pydantic takes typing's own from Python 3.12 on
)

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from vidpred.errors import VidpredError
from vidpred.evaluation.protocols import Terms
from vidpred.runs.layout import RESULT, RESULT_PER_FRAME, RunFolder

FORMAT = 1
OURS, COPIES = ("best", "mean", "worst", "one"), ("copy_last", "copy_first")
COLUMNS = (*OURS, *COPIES)
How = Literal["shuffled", "reversed", "shuffled or reversed"]  # conditions that are made wrong
_LARGEST, _MOST_FRAMES = 1 << 24, 1 << 20  # bytes; frames of a clip


class Figure(TypedDict):
    """A mean over clips and its 95 % interval; None: not finite, or of one clip."""

    mean: float | None
    low: float | None
    high: float | None


class Metric(TypedDict):
    unit: str
    higher_is_better: bool
    title: NotRequired[str]  # results before it was recorded have none
    best: Figure
    mean: Figure
    worst: Figure
    one: Figure
    copy_last: Figure
    copy_first: Figure


class Gap(Figure):
    """The one-sample figure of `metric` less the one with wrong conditions."""

    metric: str
    wrong_conditions: Figure
    how: How


class Posterior(TypedDict):
    kl: float | None
    kl_per_dimension: list[float | None]
    active: int
    units: int
    active_per_dimension: list[int]
    definition: str


class Stored(TypedDict):
    format: Literal[1]
    protocol: str
    terms: Terms
    metrics: dict[str, Metric]
    condition_gap: Gap | None
    posterior: Posterior | None
    left_out: dict[str, str]
    notes: list[str]


_CHECK: TypeAdapter[Any] = TypeAdapter(Stored)


def read(folder: Path) -> Stored | None:
    """The result in this folder; None where there is none. Raises VidpredError where it is broken."""
    path = folder / RESULT
    try:
        found: Stored = _CHECK.validate_json(_content(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VidpredError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise VidpredError(
            f"{path}: is no result of this version of vidpred: {where + ': ' if where else ''}{first['msg']}"
        ) from error
    return found


def stored(run: Path) -> Iterator[tuple[Path, Stored | VidpredError]]:
    """The folders of a run's results in the order of their names, each with its result, or with what is wrong with it."""
    for path in RunFolder(run).results():
        try:
            found = read(path)
        except VidpredError as error:
            yield path, VidpredError(f"{error}; evaluate again")
        else:
            if found is not None:
                yield path, found


def frame_by_frame(folder: Path) -> Mapping[str, Mapping[str, Mapping[int, float]]]:
    """What per_frame.csv beside a result says: by metric, by column, by the number of the frame; figures that are not finite are left
    out. {}: nothing that can be read."""
    found: dict[str, dict[str, dict[int, float]]] = {}
    try:
        for row in csv.DictReader(_content(folder / RESULT_PER_FRAME).decode().splitlines()):
            frame = int(row["frame"])
            if not 0 <= frame < _MOST_FRAMES:
                return {}
            columns = found.setdefault(row["metric"], {column: {} for column in COLUMNS})
            for column in COLUMNS:
                if math.isfinite(value := float(row[column])):
                    columns[column][frame] = value
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return {}
    return found


def _content(path: Path) -> bytes:
    """Of a file of a size that these have: a pipe would be waited for."""
    if path.exists() and not (path.is_file() and path.stat().st_size <= _LARGEST):
        raise OSError(f"it is no file of at most {_LARGEST:,} bytes")
    return path.read_bytes()
