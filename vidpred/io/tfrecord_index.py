"""Where the records of TFRecord files are and how long each is. Finding out takes reading all of the data, so it is done once
and kept: beside the data, or in the user's cache where that folder is not ours to write.

An index file is one line with its format and CRC, then JSON: {file name: {"stamp": [size, mtime], "records": [[offset, frames], …]}}.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from vidpred import DataError
from vidpred.io.atomic import atomic_path
from vidpred.io.dataset_files import opened
from vidpred.io.tfrecord import masked_crc, scan

NAME = ".vidpred_index"
_LARGEST = 1 << 28  # bytes of an index: 10 million records
_AROUND = 16  # bytes of a record beside its data: length, its CRC, and the data's CRC
Entries = list[list[int]]  # [offset, frames] of each record
Measure = Callable[[Path, int, bytes], int]  # (file, number of the record, its data) -> frames


def indexed(files: Sequence[Path], measure: Measure) -> list[Entries]:
    """The records of these files of one folder; `measure` says how many frames a record has, and raises DataError where it is wrong.

    What was kept is taken where the file's size and time of change are still the same.
    """
    places = _places(files[0].parent)
    kept = [_load(place) for place in places]
    known = {
        file.name: index[file.name]
        for index in kept
        for file in files
        if index.get(file.name, {}).get("stamp") == _stamp(file)
    }
    for file in files:
        if file.name not in known:
            known[file.name] = _build(file, measure)
            _save(places, known)  # after each file: a build that is stopped goes on from there
    return [known[file.name]["records"] for file in files]


def walked(file: Path) -> tuple[list[int], bool]:
    """Where the records of a file begin, by their lengths alone: neither data nor their CRCs are read. And whether that
    leads to the file's end: else the last record is damaged or cut off, so that what follows it cannot be found."""
    offsets, here = [], 0
    try:
        with opened(file) as content:
            size = os.fstat(content.fileno()).st_size
            while here < size:
                offsets.append(here)
                content.seek(here)
                length, crc = content.read(8), content.read(4)
                if masked_crc(length) != crc:
                    return offsets, False
                here += _AROUND + struct.unpack("<Q", length)[0]
    except OSError:  # reading the record says why
        pass
    return offsets or [0], bool(offsets) and here == size


def _build(file: Path, measure: Measure) -> dict[str, Any]:
    stamp = _stamp(file)  # before it is read: a file that changes meanwhile is read again next time
    return {
        "stamp": stamp,
        "records": [[offset, measure(file, number, data)] for number, (offset, data) in enumerate(scan(file))],
    }


def _stamp(file: Path) -> list[int]:
    try:
        found = file.stat()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", file) from error
    return [found.st_size, found.st_mtime_ns]


def _places(folder: Path) -> tuple[Path, Path]:
    """Beside the data, and in the user's cache, where a folder goes by a digest of its path."""
    asked = os.environ.get("XDG_CACHE_HOME", "")
    cache = Path(asked if os.path.isabs(asked) else os.path.expanduser("~/.cache"))
    return folder / NAME, cache / "vidpred" / f"index_{sha256(os.fsencode(folder.resolve())).hexdigest()[:32]}"


def _head(body: bytes) -> bytes:
    return f"vidpred-tfrecord-index 1 {masked_crc(body).hex()}".encode()


def _load(place: Path) -> dict[str, dict[str, Any]]:
    """Nothing where there is no index or it is damaged: it can always be built again."""
    try:
        with opened(place) as file:
            head, _, body = file.read(_LARGEST).partition(b"\n")
        index = json.loads(body) if head == _head(body) else {}
        return index if all(map(_is_of_a_file, index.values())) else {}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def _is_of_a_file(about: Any) -> bool:
    """Whether this can be what was kept of a file: anybody can write one, beside the data. A frame takes more than a byte."""
    match about:
        case {"stamp": [int(size), int(_)], "records": [*records]}:
            return all(
                isinstance(one, list)
                and len(one) == 2
                and all(isinstance(number, int) and 0 <= number < size for number in one)
                for one in records
            )
    return False


def _save(places: Sequence[Path], index: dict[str, dict[str, Any]]) -> None:
    """At the first of the places that can be written; none is no error, only slow."""
    body = json.dumps(index, separators=(",", ":")).encode()
    for place in places:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with atomic_path(place) as temporary:
                temporary.write_bytes(_head(body) + b"\n" + body)
        except OSError:
            continue
        return
