"""The history of a run (metrics.jsonl): one record an epoch, appended and flushed to the disk. No torch here."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from vidpred.errors import DataError
from vidpred.io.atomic import append_to_file, replace_file
from vidpred.io.files import open_regular_file, read_regular_file

_MAX_LINE_BYTES = 1 << 20  # no record comes near it


class _Scheduled(TypedDict, total=False):
    """Fields of a record beside the metrics; records of older versions may lack some."""

    beta: float
    ratio: float  # of teacher forcing
    forced_share: float  # of the rollout steps that could be forced
    lr: float
    resets: int
    skipped: int  # optimizer steps whose loss or gradient was not finite
    unread: list[str]  # messages about windows that could not be read
    seconds: float
    clips_per_second: float


class Record(_Scheduled):
    """One line of metrics.jsonl. `validate` is None for an epoch without validation; NaN and infinity are None."""

    epoch: int  # from 0
    train: dict[str, float | None]
    validate: dict[str, Any] | None


History = Sequence[Record]


def read_history(path: Path, *, strict: bool = False) -> list[Record]:
    """Read the records of a run, oldest first. A missing file is an empty history.

    The first line that is not the record of the next epoch ends the history; with `strict`, it is a DataError that
    names the line. An incomplete last line, which may still be being written, is ignored. Raises DataError if the
    file cannot be read.
    """
    history: list[Record] = []
    for line in _read_lines(path):
        record = _parse_record(line)
        if record is not None and record["epoch"] == len(history):
            history.append(record)
        elif strict:
            raise DataError(
                f"line {len(history) + 1} is not the record of epoch {len(history)}; delete it and those after it, "
                "or continue the run with `vidpred run --resume`",
                path,
            )
        else:
            break
    return history


def append_history(path: Path, records: History) -> None:
    """Append these records: all of them or none. Raises OSError if the disk does not take them."""
    append_to_file(path, _encode(records))


def rewrite_history(path: Path, records: History) -> bool:
    """Make the file hold exactly these records. Return whether it had to be changed. Raises OSError."""
    data = _encode(records)
    try:
        unchanged = read_regular_file(path, len(data)) == data
    except FileNotFoundError:
        unchanged = not data
    except OSError:
        unchanged = False
    if not unchanged:
        replace_file(path, data)
    return not unchanged


def replace_non_finite(value: Any) -> Any:
    """Return the same record with None for numbers that JSON cannot hold (NaN and infinity)."""
    if isinstance(value, dict):
        return {key: replace_non_finite(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def best_epoch(history: History, metric: str, higher_is_better: bool) -> int | None:
    """Return the first epoch with the best validation value of a metric; None if no epoch has one."""
    values: dict[int, float] = {}
    for record in history:
        validated = record["validate"]
        if validated and validated.get(metric) is not None:
            values[record["epoch"]] = validated[metric]
    if not values:
        return None
    return (max if higher_is_better else min)(values, key=values.__getitem__)


def _read_lines(path: Path) -> Iterator[bytes]:
    """Yield the complete lines of a file, and one that is too long cut off; nothing if the file is missing."""
    if not path.is_file():
        return
    try:
        with open_regular_file(path) as file:
            while line := file.readline(_MAX_LINE_BYTES):
                if line.endswith(b"\n") or len(line) == _MAX_LINE_BYTES:
                    yield line
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", path) from error


def _parse_record(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if _is_record(record) else None


def _is_record(record: Any) -> bool:
    """Check what every reader relies on: the epoch's number, and mappings of metrics."""
    if not isinstance(record, Mapping):
        return False
    epoch = record.get("epoch")
    has_epoch = isinstance(epoch, int) and not isinstance(epoch, bool) and epoch >= 0
    return has_epoch and isinstance(record.get("train"), dict) and isinstance(record.get("validate", ""), dict | None)


def _encode(records: History) -> bytes:
    return "".join(json.dumps(record, allow_nan=False) + "\n" for record in records).encode()
