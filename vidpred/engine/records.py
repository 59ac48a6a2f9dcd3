"""metrics.jsonl: one record an epoch, appended and flushed."""
from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAME = "metrics.jsonl"


def append(folder: Path, record: Mapping[str, Any]) -> None:
    with (folder / NAME).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, allow_nan=False) + "\n")


def read(folder: Path) -> list[dict[str, Any]]:
    """All records of a run, oldest first."""
    path = folder / NAME
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def finite(value: Any) -> Any:
    """The same record with null for numbers that JSON cannot hold."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
