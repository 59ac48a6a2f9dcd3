"""The user's cache: data that vidpred can always compute again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return $XDG_CACHE_HOME/vidpred if that is an absolute path, as XDG demands, else ~/.cache/vidpred."""
    configured = os.environ.get("XDG_CACHE_HOME", "")
    base = configured if os.path.isabs(configured) else os.path.expanduser("~/.cache")
    return Path(base) / "vidpred"
