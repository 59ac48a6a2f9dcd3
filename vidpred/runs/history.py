"""The history of a run (metrics.jsonl): one record an epoch, appended and flushed to the disk. No torch here."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from vidpred.io.atomic import append_to_file, replace_file

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


def read_history(path: Path) -> list[Record]:
    """Read the records of a run, oldest first.

    The first bad line (torn, not a record, an epoch that skips one) ends the history. A later record of the same
    epoch replaces the earlier one. A missing file is an empty history.
    """
    history: list[Record] = []
    if not path.is_file():
        return history
    with path.open("rb") as file:
        while (line := file.readline(_MAX_LINE_BYTES)).endswith(b"\n"):
            record = _parse_record(line)
            if record is None or record["epoch"] > len(history):
                break
            history[record["epoch"] : record["epoch"] + 1] = [record]
    return history


def append_history(path: Path, records: History) -> None:
    """Append these records: all of them or none. Raises OSError if the disk does not take them."""
    append_to_file(path, _encode(records))


def rewrite_history(path: Path, records: History) -> bool:
    """Make the file hold exactly these records. Return whether it had to be changed. Raises OSError."""
    data = _encode(records)
    if path.exists() and path.stat().st_size == len(data) and path.read_bytes() == data:
        return False
    if not path.exists() and not data:
        return False
    replace_file(path, data)
    return True


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
