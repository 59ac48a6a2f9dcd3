"""Opening files of untrusted content: only regular files, so that nothing waits for a pipe. No torch."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vidpred.errors import DataError


@contextmanager
def open_regular_file(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading bytes. Raises OSError, also for a pipe, a device or a socket, which could block.

    The content is untrusted: read a bounded number of bytes.
    """
    with open(path, "rb", opener=_open_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is a pipe, a device or the like, not a file", str(path))
        yield file


def read_regular_file(path: Path, largest: int) -> bytes:
    """Read a regular file of at most `largest` bytes. Raises OSError, also for a larger file, a pipe or a device."""
    with open_regular_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > largest:
            raise OSError(errno.EFBIG, f"it has {size:,} bytes, and {largest:,} are the most", str(path))
        return file.read(size)  # not what is appended meanwhile


@contextmanager
def open_input_file(path: Path, largest: int | None = None) -> Iterator[BinaryIO]:
    """Open a regular file of 1 to `largest` bytes; the messages are for the user who named it.

    Raises DataError, also for OSErrors of the code inside the `with` statement.
    """
    try:
        with open_regular_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size == 0:
                raise DataError("is an empty file; give another", path)
            if largest is not None and size > largest:
                raise DataError(
                    f"is far too large: {size:,} bytes, and {largest:,} are the most; cut it, or scale it down", path
                )
            yield file
    except FileNotFoundError as error:
        raise DataError("does not exist; give another", path) from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}; give another", path) from error


def _open_without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe without a writer blocks otherwise
