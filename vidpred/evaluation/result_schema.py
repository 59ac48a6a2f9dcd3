"""RUN/eval/<label>: the records in an evaluation's files, and how they are read. No torch here."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NotRequired

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict  # pydantic accepts typing's own from Python 3.12 on

from vidpred.errors import VidpredError
from vidpred.evaluation.protocols import Terms
from vidpred.io.files import read_regular_file
from vidpred.runs.layout import RESULT, RESULT_PER_FRAME, RunFolder

FORMAT = 1
MODEL_COLUMNS: tuple[str, ...] = ("best", "mean", "worst", "one")
COPIES: tuple[str, ...] = ("copy_last", "copy_first")
COLUMNS: tuple[str, ...] = (*MODEL_COLUMNS, *COPIES)
ConditionChange = Literal["shuffled", "reversed", "shuffled or reversed"]
_MOST_BYTES, _MOST_FRAMES = 1 << 24, 1 << 20  # of a result's file; of a clip

ValuesByFrame = Mapping[str, Mapping[str, Mapping[int, float]]]  # by metric, by column, by frame


class IntervalRecord(TypedDict):
    """A mean over clips and its 95 % interval; None: not finite, or no interval because there is one clip."""

    mean: float | None
    low: float | None
    high: float | None


MetricRecord = TypedDict(  # noqa: UP013 (the field "one" would be an identifier)
    "MetricRecord",
    {
        "unit": str,
        "higher_is_better": bool,
        "title": NotRequired[str],  # missing in results that are older than the field
        # the best, mean and worst sample, the first one, and copies of given frames:
        "best": IntervalRecord,
        "mean": IntervalRecord,
        "worst": IntervalRecord,
        "one": IntervalRecord,
        "copy_last": IntervalRecord,
        "copy_first": IntervalRecord,
    },
)


class ConditionGapRecord(IntervalRecord):
    """The first sample's value of `metric` minus that with wrong conditions."""

    metric: str
    wrong_conditions: IntervalRecord
    how: ConditionChange


class PosteriorRecord(TypedDict):
    """The fields of PosteriorStats, and how they are defined."""

    kl: float | None
    kl_per_dimension: list[float | None]
    active: int
    units: int
    active_per_dimension: list[int]
    definition: str


class ResultRecord(TypedDict):
    """The content of result.json."""

    format: Literal[1]
    protocol: str
    terms: Terms
    metrics: dict[str, MetricRecord]
    condition_gap: ConditionGapRecord | None
    posterior: PosteriorRecord | None
    left_out: dict[str, str]
    notes: list[str]


_ADAPTER: TypeAdapter[Any] = TypeAdapter(ResultRecord)


def read_result(folder: Path) -> ResultRecord | None:
    """Read the result in this folder; None if it has none. Raises VidpredError if it is damaged."""
    path = folder / RESULT
    try:
        record: ResultRecord = _ADAPTER.validate_json(read_regular_file(path, _MOST_BYTES))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VidpredError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise VidpredError(
            f"{path}: is not a result of this version of vidpred: {field + ': ' if field else ''}{first['msg']}"
        ) from error
    return record


def read_results(run: Path) -> Iterator[tuple[Path, ResultRecord | VidpredError]]:
    """Yield a run's result folders in the order of their names, each with its result, or the error if it is damaged."""
    for folder in RunFolder(run).results():
        try:
            record = read_result(folder)
        except VidpredError as error:
            yield folder, VidpredError(f"{error}; evaluate again")
        else:
            if record is not None:
                yield folder, record


def read_per_frame(folder: Path) -> ValuesByFrame:
    """Read a result's per_frame.csv. Values that are not finite are left out; {} if the file cannot be read."""
    values: dict[str, dict[str, dict[int, float]]] = {}
    try:
        content = read_regular_file(folder / RESULT_PER_FRAME, _MOST_BYTES)
        for row in csv.DictReader(content.decode().splitlines()):
            frame = int(row["frame"])
            if not 0 <= frame < _MOST_FRAMES:
                return {}
            columns = values.setdefault(row["metric"], {column: {} for column in COLUMNS})
            for column in COLUMNS:
                if math.isfinite(value := float(row[column])):
                    columns[column][frame] = value
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return {}
    return values
