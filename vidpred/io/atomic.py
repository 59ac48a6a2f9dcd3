"""Atomic writes: under its name, a file or folder is complete or missing, whatever happens. No torch.

Everything is written under a hidden name beside the final one and then renamed. Two strengths:

* `atomic_path` and `atomic_folder` survive errors, Ctrl-C and a killed process, but not a power cut. Use them for what
  can be made again: pictures, reports, results.
* `write_file`, `replace_file`, `append_to_file` and `link_to` also wait until the disk has the data and the name.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LARGEST_LINK = 256  # bytes of a file that stands for a link: it holds one name


def write_file(path: Path, data: bytes) -> None:
    """Write a file and flush it to the disk. Not atomic: use it in a folder that does not have its final name yet."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, data: bytes) -> None:
    """Write or overwrite a file, and flush it: at any moment, `path` is the complete old or the complete new file."""
    temporary = temporary_path(path)
    try:
        write_file(temporary, data)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def append_to_file(path: Path, data: bytes) -> None:
    """Append all of `data` and flush it, or raise OSError and leave the file as long as before."""
    with path.open("ab", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        try:
            written = file.write(data)
            if written != len(data):  # a full disk takes the bytes that fit
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(size)
            raise
    if not size:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk. Does nothing where folders cannot be opened (Windows)."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def link_to(link: Path, target: str) -> None:
    """Make `link` a relative symlink to the entry `target` of its own folder, replacing an older link.

    Where symlinks are not supported, `link` becomes a file that holds the name; `link_target` reads both.
    """
    temporary = temporary_path(link)
    try:
        temporary.symlink_to(target)
    except (OSError, NotImplementedError):
        write_file(temporary, target.encode())
    temporary.replace(link)
    sync_folder(link.parent)


def link_target(link: Path) -> Path | None:
    """Return the folder that a link of `link_to` points to; None if it is not such a link, or leaves its folder."""
    if link.is_symlink():
        name = os.readlink(link)
    elif link.is_file() and link.stat().st_size < _LARGEST_LINK:
        name = link.read_text(encoding="utf-8", errors="replace").strip()
    else:
        return None
    target = link.parent / name
    return target if name == target.name and target.is_dir() else None


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a hidden path beside `path`; the file or folder written there is renamed to `path` at the end.

    It replaces a file or an empty folder of that name. After an error or Ctrl-C it is deleted, and `path` is
    unchanged.
    """
    temporary = temporary_path(path)
    try:
        yield temporary
        if path.is_dir() and not temporary.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        temporary.replace(path)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a new hidden folder beside `path` to write into; at the end it replaces the folder or link `path`.

    After an error or Ctrl-C it is deleted, and `path` is unchanged.
    """
    temporary = temporary_path(path)
    try:
        temporary.mkdir()
        yield temporary
        _replace_folder(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def temporary_path(path: Path) -> Path:
    """Return a hidden name beside `path` that no other thread, process or machine uses: `.NAME.<digits>`."""
    return path.with_name(f".{path.name}.{secrets.randbelow(10**9)}")


def _replace_folder(temporary: Path, final: Path) -> None:
    """Rename a folder. A folder cannot replace a full one: the old one is moved aside, and moved back on failure."""
    old = temporary_path(final)
    if final.exists() or final.is_symlink():
        final.rename(old)
    try:
        temporary.rename(final)
    except OSError:
        if old.exists() or old.is_symlink():
            old.rename(final)
        raise
    if old.is_symlink():
        old.unlink()
    else:
        shutil.rmtree(old, ignore_errors=True)
