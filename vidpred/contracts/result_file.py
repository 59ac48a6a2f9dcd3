"""result.json: what an evaluation leaves behind, as those agree on it who write and who read it. No torch here."""
from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypedDict  # pydantic takes typing's own from Python 3.12 on

from vidpred.errors import VidpredError

FOLDER, NAME, FORMAT = "eval", "result.json", 1
PER_FRAME = "per_frame.csv"
COLUMNS = ("best", "mean", "worst", "one", "copy_last", "copy_first")
_LARGEST = 1 << 24          # bytes


class Figure(TypedDict):
    """A mean over clips and its 95 % interval; None: not finite, or of one clip."""

    mean: float | None
    low: float | None
    high: float | None


class Metric(TypedDict):
    unit: str
    higher_is_better: bool
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
    how: Literal["shuffled", "reversed", "shuffled or reversed"]


class Posterior(TypedDict):
    kl: float | None
    kl_per_dimension: list[float | None]
    active: int
    units: int
    active_per_dimension: list[int]
    definition: str


class Terms(TypedDict):
    """All that a figure hangs on: see vidpred.protocols."""

    __pydantic_config__ = ConfigDict(extra="allow")     # type: ignore[misc]

    protocol: str
    past: int
    future: int | Literal["all"]
    samples: int
    metrics: dict[str, str]
    batch_norm: str
    split: str
    clips: int
    data: str
    seed: int
    precision: str
    changed: list[str]
    checkpoint: str
    vidpred: str


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
    path = folder / NAME
    try:
        with path.open("rb") as file:
            found: Stored = _CHECK.validate_json(file.read(_LARGEST))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VidpredError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise VidpredError(f"{path}: is no result of this version of vidpred ({where + ': ' if where else ''}{first['msg']}); "
                           "evaluate again") from error
    return found


def stored(run: Path, notes: list[str]) -> Iterator[tuple[Path, Stored]]:
    """A run's results and their folders, in the order of their names. What cannot be read is left out, and `notes` says so."""
    for path in sorted((run / FOLDER).glob(f"[!.]*/{NAME}")):
        try:
            found = read(path.parent)
        except VidpredError as error:
            notes.append(f"left out: {error}")
        else:
            if found is not None:
                yield path.parent, found


def frame_by_frame(folder: Path) -> Mapping[str, Mapping[str, Mapping[int, float]]]:
    """What per_frame.csv beside a result says: by metric, by column, by the number of the frame. {}: nothing that can be read."""
    found: dict[str, dict[str, dict[int, float]]] = {}
    try:
        with (folder / PER_FRAME).open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for column in COLUMNS:
                    found.setdefault(row["metric"], {}).setdefault(column, {})[int(row["frame"])] = float(row[column])
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return {}
    return found
