"""The manifest of a checkpoint: size and SHA-256 of each file, by which damage is detected. No torch here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from vidpred.errors import VidpredError
from vidpred.io.files import open_regular_file, read_regular_file
from vidpred.runs.layout import MANIFEST, WEIGHTS
from vidpred.runs.position import Position

_CHUNK_BYTES = 1 << 20
_MAX_BYTES = 1 << 20  # of a manifest


class FileRecord(TypedDict):
    """What was written to a file."""

    bytes: int
    sha256: str


class Manifest(TypedDict):
    """manifest.json; `vidpred` is the version that wrote it."""

    vidpred: str
    epoch: int
    step: int
    files: dict[str, FileRecord]


def encode_manifest(position: Position, files: Mapping[str, bytes], version: str) -> bytes:
    """Return the manifest of a checkpoint with these files."""
    records: dict[str, FileRecord] = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()
    }
    content: Manifest = {"vidpred": version, "epoch": position.epoch, "step": position.step, "files": records}
    return json.dumps(content, indent=2).encode() + b"\n"


def read_manifest(checkpoint: Path) -> Manifest:
    """Read the manifest of a checkpoint. Raises ValueError, saying what is wrong with it."""
    try:
        content = read_regular_file(checkpoint / MANIFEST, _MAX_BYTES)
        if not content:
            raise ValueError("it is empty")
        manifest: Any = json.loads(content)
    except OSError as error:
        raise ValueError(f"{MANIFEST} is {_reason(error)}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{MANIFEST} cannot be read: {error}") from error
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(files, dict) or not all(_is_file_record(name, record) for name, record in files.items()):
        raise ValueError(f"{MANIFEST} is not a manifest")
    return manifest  # type: ignore[no-any-return]


def find_damage(checkpoint: Path, *names: str, hash_files: bool = True) -> str | None:
    """Compare the files of a checkpoint with its manifest.

    Args:
        checkpoint: the folder of the checkpoint.
        names: the files to look at; all if none is named.
        hash_files: whether contents are compared, and not only sizes.

    Returns: the first file that is missing or not what was written, in words; None if all are intact.
    """
    try:
        files = read_manifest(checkpoint)["files"]
    except ValueError as error:
        return str(error)
    for name in names:
        if name not in files:
            return f"{name} is not in {MANIFEST}"
    for name, record in files.items():
        if name in names or not names:
            difference = _difference(checkpoint / name, record, hash_files)
            if difference:
                return difference
    return None


def weights_sha256(checkpoint: Path) -> str:
    """Return the SHA-256 of a checkpoint's weights, from its manifest if it has one. Raises VidpredError."""
    try:
        if (checkpoint / MANIFEST).exists():
            return str(read_manifest(checkpoint)["files"][WEIGHTS]["sha256"])
        return _sha256(checkpoint / WEIGHTS)
    except (ValueError, KeyError, OSError) as error:
        raise VidpredError(f"{checkpoint}: cannot compute the hash of its weights: {error}") from error


def _is_file_record(name: str, record: Any) -> bool:
    is_plain_name = name == Path(name).name and "\0" not in name
    return (
        is_plain_name
        and isinstance(record, dict)
        and isinstance(record.get("bytes"), int)
        and isinstance(record.get("sha256"), str)
    )


def _difference(path: Path, record: FileRecord, hash_files: bool) -> str | None:
    try:
        size = path.stat().st_size
        if size != record["bytes"]:
            return f"{path.name} has {size} bytes, but {record['bytes']} were written"
        if hash_files and _sha256(path) != record["sha256"]:
            return f"{path.name} differs from what was written: its SHA-256 is another"
    except OSError as error:
        return f"{path.name} is {_reason(error)}"
    return None


def _reason(error: OSError) -> str:
    return "missing" if isinstance(error, FileNotFoundError) else f"unreadable: {error.strerror}"


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open_regular_file(path) as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
