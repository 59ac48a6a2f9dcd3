"""One hostile input: how to write it, the command that reads it, and how that ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

SECRET = "s3cr3t"  # content of private files: no command may print it
Make = Callable[[Path], object]


class Case(NamedTuple):
    """`make` writes into a folder {workspace}; `command` may name it; the output holds each of `says`."""

    make: Make
    command: tuple[str, ...]
    expected: tuple[str, ...]
    code: int = 2


def file(name: str, content: str | bytes) -> Make:
    def make(workspace: Path) -> None:
        path = workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            content.replace("{workspace}", str(workspace)).encode() if isinstance(content, str) else content
        )

    return make


def sparse(name: str, size: int, begins: bytes = b"") -> Make:
    """Write a sparse file of this size: zeros after the beginning."""

    def make(workspace: Path) -> None:
        file(name, begins)(workspace)
        os.truncate(workspace / name, size)

    return make


def pipe(name: str) -> Make:
    """Make a named pipe: opening it for reading waits for a writer."""

    def make(workspace: Path) -> None:
        (workspace / name).unlink(missing_ok=True)
        os.mkfifo(workspace / name)

    return make


def link(name: str, target: str) -> Make:
    def make(workspace: Path) -> None:
        (workspace / name).unlink(missing_ok=True)
        (workspace / name).symlink_to(target.replace("{workspace}", str(workspace)))

    return make


def both(*makes: Make) -> Make:
    return lambda workspace: [make(workspace) for make in makes]


def nothing(_: Path) -> None:
    """Write nothing: the command itself is the hostile input."""
