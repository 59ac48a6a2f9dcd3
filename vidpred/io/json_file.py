"""Read small JSON files of unknown origin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vidpred.io.files import open_regular_file

MAX_BYTES = 1 << 24  # far more than any JSON file of a run folder takes


def read_json_object(path: Path) -> dict[str, Any] | None:
    """Read a JSON object from a regular file of at most `MAX_BYTES`.

    Return None if the file is missing, unreadable, too large or holds anything else. Never blocks on a pipe.
    """
    try:
        with open_regular_file(path) as file:
            value = json.loads(file.read(MAX_BYTES))  # a longer file is cut here, and is then invalid JSON
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
