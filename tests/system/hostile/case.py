"""One bad input: how it is made, the command that meets it, and how that ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

SECRET = "s3cr3t"  # stands in files that are nobody's business: no command ever shows it
Make = Callable[[Path], object]


class Case(NamedTuple):
    """`make` writes into a folder {here}; `command` may name it; what is said holds each of `says`."""

    make: Make
    command: tuple[str, ...]
    says: tuple[str, ...]
    code: int = 2


def file(name: str, content: str | bytes) -> Make:
    def make(here: Path) -> None:
        path = here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.replace("{here}", str(here)).encode() if isinstance(content, str) else content)

    return make


def sparse(name: str, size: int, begins: bytes = b"") -> Make:
    """A file of this size that takes no room: the rest is zeros."""

    def make(here: Path) -> None:
        file(name, begins)(here)
        os.truncate(here / name, size)

    return make


def pipe(name: str) -> Make:
    """Who opens it for reading waits for a writer."""

    def make(here: Path) -> None:
        (here / name).unlink(missing_ok=True)
        os.mkfifo(here / name)

    return make


def link(name: str, target: str) -> Make:
    def make(here: Path) -> None:
        (here / name).unlink(missing_ok=True)
        (here / name).symlink_to(target.replace("{here}", str(here)))

    return make


def both(*makes: Make) -> Make:
    return lambda here: [make(here) for make in makes]


def nothing(_: Path) -> None:
    """The command itself is the bad input."""
