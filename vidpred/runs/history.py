"""metrics.jsonl: one record an epoch, appended and flushed. No torch here."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vidpred.io.atomic import append_to_file, replace_file

NAME = "metrics.jsonl"
History = Sequence[Mapping[str, Any]]
_LONGEST = 1 << 20  # bytes of a line: no record is near it


def append(folder: Path, records: History) -> None:
    """Add these records, all or none. Raises OSError where the disk does not take them."""
    append_to_file(folder / NAME, _lines(records))


def read(folder: Path) -> list[dict[str, Any]]:
    """The records of a run, oldest first, up to the first that is torn or out of order."""
    path, found = folder / NAME, list[dict[str, Any]]()
    if not path.is_file():
        return found
    with path.open("rb") as file:
        while (line := file.readline(_LONGEST)).endswith(b"\n"):
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                break
            if not isinstance(record, dict) or record.get("epoch") != len(found) or not _whole(record):
                break
            found.append(record)
    return found


def _whole(record: Mapping[str, Any]) -> bool:
    """Whoever looks for the best epoch looks into `validate`."""
    return isinstance(record.get("train"), dict) and isinstance(record.get("validate", ""), dict | type(None))


def keep(folder: Path, records: History) -> bool:
    """Make the file hold these records and nothing else; says whether there was something else."""
    path, wanted = folder / NAME, _lines(records)
    if path.exists() and path.stat().st_size == len(wanted) and path.read_bytes() == wanted:
        return False
    if not path.exists() and not wanted:
        return False
    replace_file(path, wanted)
    return True


def finite(value: Any) -> Any:
    """The same record with null for numbers that JSON cannot hold."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _lines(records: History) -> bytes:
    return "".join(json.dumps(record, allow_nan=False) + "\n" for record in records).encode()
