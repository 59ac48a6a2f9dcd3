"""Read small JSON files of unknown origin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vidpred.errors import DataError
from vidpred.io.files import read_regular_file


def read_json_object(path: Path, largest: int) -> dict[str, Any]:
    """Read a JSON object from a regular file of at most `largest` bytes. Never blocks on a pipe.

    Raises DataError if the file is missing, unreadable, too large, too deeply nested, or holds anything else.
    """
    try:
        value = json.loads(read_regular_file(path, largest))
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", path) from error
    except ValueError as error:
        raise DataError(f"is not valid JSON: {error}", path) from error
    except RecursionError as error:
        raise DataError("is not valid JSON: it is too deeply nested", path) from error
    if not isinstance(value, dict):
        raise DataError("does not hold a JSON object", path)
    return value
