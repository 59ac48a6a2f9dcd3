"""Files that a crash leaves whole: under their name, they are complete or not there. No torch here.

What is written is flushed to the disk before it gets its name, and so is the folder that the name stands in.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write(path: Path, data: bytes) -> None:
    """Write a file, and wait until the disk has it. Nobody may look for it under this name yet."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace(path: Path, data: bytes) -> None:
    """Write a file in the place of the one that is there: at any moment, one of them is there whole."""
    fresh = _beside(path)
    try:
        write(fresh, data)
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise
    sync(path.parent)


def append(path: Path, data: bytes) -> None:
    """Add to a file, all of it or nothing: where the disk does not take it, the file is as long as before."""
    with path.open("ab", buffering=0) as file:
        before = os.fstat(file.fileno()).st_size
        try:
            written = file.write(data)
            if written != len(data):
                raise OSError(28, os.strerror(28), str(path))  # ENOSPC: a full disk takes what it can
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(before)
            raise
    if not before:
        sync(path.parent)


def sync(folder: Path) -> None:
    """Wait until the disk has the names in this folder. Systems that cannot do that (Windows) need not."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(number)
    finally:
        os.close(number)


def point(link: Path, target: str) -> None:
    """Make `link` a relative symlink to its neighbour `target`; where links cannot be made, a file that holds the name."""
    fresh = _beside(link)
    with suppress(FileNotFoundError):
        fresh.unlink()
    try:
        fresh.symlink_to(target)
    except (OSError, NotImplementedError):
        write(fresh, target.encode())
    fresh.replace(link)
    sync(link.parent)


def pointed(link: Path) -> Path | None:
    """The neighbour that a link, or a file that stands for one, points to; None where it does not point to one."""
    if link.is_symlink():
        name = os.readlink(link)
    elif link.is_file() and link.stat().st_size < 256:
        name = link.read_text(encoding="utf-8", errors="replace").strip()
    else:
        return None
    target = link.parent / name
    return target if name == target.name and target.is_dir() else None


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")
