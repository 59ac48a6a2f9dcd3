"""Index of the records of TFRecord files: where each begins and how many frames it has.

Building it takes reading all of the data, so it is done once and saved: beside the data, or in the user's cache if that
folder is read-only. An index file is one line with its format and CRC, then JSON:
{file name: {"stamp": [size, mtime], "records": [[offset, frames], …]}}.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, TypedDict

from vidpred.errors import DataError
from vidpred.io.atomic import atomic_path
from vidpred.io.cache import cache_folder
from vidpred.io.files import open_regular_file
from vidpred.io.tfrecord import iterate_records, masked_crc

INDEX_NAME = ".vidpred_index"
_LARGEST_INDEX = 1 << 28  # bytes: 10 million records
IndexEntries = list[list[int]]  # [offset, frames] of each record
CountFrames = Callable[[Path, int, bytes], int]  # (file, number of the record, its data) -> frames


class IndexedFile(TypedDict):
    """The entry of a file in the index; `stamp` is its size and time of change when it was read."""

    stamp: list[int]
    records: IndexEntries


def load_or_build_index(files: Sequence[Path], count_frames: CountFrames) -> list[IndexEntries]:
    """Return the records of these files of one folder; `count_frames` raises DataError for a record that is wrong.

    A saved entry is used if the file's size and time of change are the same.
    """
    paths = _index_paths(files[0].parent)
    saved = [_load(path) for path in paths]
    index: dict[str, IndexedFile] = {}
    for entries in saved:
        for file in files:
            if file.name in entries and entries[file.name]["stamp"] == _stamp(file):
                index[file.name] = entries[file.name]
    for file in files:
        if file.name not in index:
            index[file.name] = _index_file(file, count_frames)
            _save(paths, index)  # after each file: a build that is stopped resumes with the next one
    return [index[file.name]["records"] for file in files]


def _index_file(file: Path, count_frames: CountFrames) -> IndexedFile:
    stamp = _stamp(file)  # before it is read: a file that changes meanwhile is read again next time
    records = [
        [offset, count_frames(file, number, data)] for number, (offset, data) in enumerate(iterate_records(file))
    ]
    return {"stamp": stamp, "records": records}


def _stamp(file: Path) -> list[int]:
    try:
        status = file.stat()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", file) from error
    return [status.st_size, status.st_mtime_ns]


def _index_paths(folder: Path) -> tuple[Path, Path]:
    """Return the paths beside the data, and in the user's cache, where a folder is named by a digest of its path."""
    digest = sha256(os.fsencode(folder.resolve())).hexdigest()[:32]
    return folder / INDEX_NAME, cache_folder() / f"index_{digest}"


def _first_line(body: bytes) -> bytes:
    return f"vidpred-tfrecord-index 1 {masked_crc(body).hex()}".encode()


def _load(path: Path) -> dict[str, IndexedFile]:
    """Read an index; empty if it is missing or damaged, as it can always be built again."""
    try:
        with open_regular_file(path) as file:
            first_line, _, body = file.read(_LARGEST_INDEX).partition(b"\n")
        index = json.loads(body) if first_line == _first_line(body) else {}
        return index if all(map(_is_indexed_file, index.values())) else {}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def _is_indexed_file(entry: Any) -> bool:
    """Return whether an entry can be what was saved of a file: the index beside the data is untrusted."""
    match entry:
        case {"stamp": [int(size), int(_)], "records": [*records]}:
            return all(_is_record(record, size) for record in records)
    return False


def _is_record(record: Any, size: int) -> bool:
    """Return whether this is [offset, frames] within a file of this size: a frame takes more than a byte."""
    if not isinstance(record, list) or len(record) != 2:
        return False
    return all(isinstance(number, int) and 0 <= number < size for number in record)


def _save(paths: Sequence[Path], index: dict[str, IndexedFile]) -> None:
    """Write the index to the first path that can be written; without any, it is built again each time."""
    body = json.dumps(index, separators=(",", ":")).encode()
    for path in paths:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_path(path) as temporary:
                temporary.write_bytes(_first_line(body) + b"\n" + body)
        except OSError:
            continue
        return
