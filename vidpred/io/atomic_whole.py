"""Files and folders that have their name only when they are complete: half of one can be taken for a whole one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a hidden name beside `path`. What was written under it, a file or a folder, gets the name `path` in the end, instead
    of a file or an empty folder that is there; after an error or Ctrl-C it is gone, and `path` is as it was."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield temporary
        if path.is_dir() and not temporary.is_dir():
            raise IsADirectoryError(21, os.strerror(21), str(path))
        temporary.replace(path)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        temporary.unlink(missing_ok=True)
