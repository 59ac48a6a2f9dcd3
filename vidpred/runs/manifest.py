"""What a checkpoint's folder holds, and whether all of it is still what was written. No torch here."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from vidpred.runs.layout import MANIFEST

_NAME = re.compile(r"epoch_(\d{4,9})(?:_step_(\d{6,12}))?")
_CHUNK = 1 << 20
_LARGEST = 1 << 20  # bytes of a manifest


class Position(NamedTuple):
    """Where a run stands: finished epochs, and attempted steps of the epoch after them."""

    epoch: int
    step: int = 0

    @property
    def name(self) -> str:
        """The folder of its checkpoint: epoch_0007 when epoch 7 is finished, epoch_0007_step_000123 in the middle of it."""
        return f"epoch_{self.epoch:04d}_step_{self.step:06d}" if self.step else f"epoch_{self.epoch - 1:04d}"


def position_of(name: str) -> Position | None:
    """The position that a folder's name says; None where it is no checkpoint's."""
    found = _NAME.fullmatch(name)
    if not found:
        return None
    epoch, step = int(found[1]), int(found[2] or 0)
    return Position(epoch, step) if step else Position(epoch + 1)


def manifest(at: Position, files: Mapping[str, bytes], version: str) -> bytes:
    """The manifest of these files."""
    about = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()}
    return (
        json.dumps({"vidpred": version, "epoch": at.epoch, "step": at.step, "files": about}, indent=2).encode() + b"\n"
    )


def read_manifest(folder: Path) -> dict[str, Any]:
    """A checkpoint's manifest. Raises ValueError, saying why it is none."""
    try:
        found = json.loads(_text(folder / MANIFEST))
    except OSError as error:
        raise ValueError(
            f"{MANIFEST} is {'missing' if isinstance(error, FileNotFoundError) else f'unreadable: {error.strerror}'}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{MANIFEST} cannot be read: {error}") from error
    if not (
        isinstance(found, dict)
        and isinstance(found.get("files"), dict)
        and all(map(_described, found["files"].items()))
    ):
        raise ValueError(f"{MANIFEST} is no manifest")
    return found


def _text(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise ValueError("it is no file")
    if not 0 < path.stat().st_size <= _LARGEST:
        raise ValueError("it is too large" if path.stat().st_size else "it is empty")
    return path.read_bytes()


def _described(item: tuple[str, Any]) -> bool:
    name, about = item
    is_plain = name == Path(name).name and "\0" not in name
    return (
        is_plain
        and isinstance(about, dict)
        and isinstance(about.get("bytes"), int)
        and isinstance(about.get("sha256"), str)
    )


def damage(folder: Path, *needed: str, hashed: bool = True) -> str | None:
    """What is wrong with the files of a checkpoint that are `needed` (none named: all): missing, or not what was written; None where
    all is right. Without `hashed` only their sizes are looked at."""
    try:
        files = read_manifest(folder)["files"]
    except ValueError as error:
        return str(error)
    wanted = {name: about for name, about in files.items() if name in needed or not needed}
    missing = [f"{name} is not in {MANIFEST}" for name in needed if name not in files]
    return next(iter([*missing, *_differences(folder, wanted, hashed)]), None)


def _differences(folder: Path, files: Mapping[str, Mapping[str, Any]], hashed: bool) -> Iterator[str]:
    for name, about in files.items():
        path = folder / name
        try:
            size = path.stat().st_size
            if size != about["bytes"]:
                yield f"{name} has {size} bytes, but {about['bytes']} were written"
            elif hashed and sha256(path) != about["sha256"]:
                yield f"{name} is not what was written: its SHA-256 is another"
        except OSError as error:
            yield f"{name} is {'missing' if isinstance(error, FileNotFoundError) else f'unreadable: {error.strerror}'}"


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
