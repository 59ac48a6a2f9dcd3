"""Records of TFRecord files, read at random and checked. A record is framed as its length (8 bytes), the length's CRC (4),
the data, and the data's CRC (4), all little-endian; a CRC is CRC-32C, rotated and shifted by a constant."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import google_crc32c

from vidpred import DataError
from vidpred.io.dataset_files import opened

_HEAD, _FOOT = 12, 4
_LONGEST = 2**28  # bytes of a record: one of BAIR has 742,000
AGAIN = "get the file again, or move it out of this folder"


def masked_crc(data: bytes) -> bytes:
    """The CRC as it stands in a file. It is masked because a CRC over data that holds CRCs is weak."""
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def at(path: Path, number: int) -> str:
    """A record in words. Records count from 0, as the folders of the lab layout that are made from them."""
    return f"{path}: record {number}"


def scan(path: Path) -> Iterator[tuple[int, bytes]]:
    """Offset and data of every record. Raises DataError where one is damaged or cut off, and where there is none.

    A file that was cut off exactly between two records cannot be told from a shorter one.
    """
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if not size:
            raise DataError(f"is empty, so it has no record 0; {AGAIN}", path)
        number, offset = 0, 0
        while offset < size:
            yield offset, _next(file, size, path, number)
            number, offset = number + 1, file.tell()


def read_record(path: Path, number: int, offset: int) -> bytes:
    """The data of the record at this offset; `number` is for messages. Raises DataError where it is damaged or cut off."""
    with _opened(path) as file:
        file.seek(offset)
        return _next(file, os.fstat(file.fileno()).st_size, path, number)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with opened(path) as file:
            yield file
    except FileNotFoundError as error:
        raise DataError("is missing; restore it", path) from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path) from error


def _next(file: BinaryIO, size: int, path: Path, number: int) -> bytes:
    """The record that begins here. Nothing is read, or allocated, beyond the `size` of the file."""
    left = size - file.tell()
    head = file.read(_HEAD)
    if len(head) < _HEAD:
        raise DataError(
            f"record {number} is cut off: {len(head)} bytes are left, and a record begins with {_HEAD}; {AGAIN}", path
        )
    if masked_crc(head[:8]) != head[8:]:
        raise DataError(
            f"record {number} is damaged, or the file is no TFRecord file: the CRC of its length is wrong; {AGAIN}",
            path,
        )
    length: int = struct.unpack("<Q", head[:8])[0]
    if length > left - _HEAD - _FOOT:
        raise DataError(
            f"record {number} is cut off: it says {length} bytes, but {max(0, left - _HEAD - _FOOT)} are left; {AGAIN}",
            path,
        )
    if length > _LONGEST:
        raise DataError(
            f"record {number} says {length:,} bytes, and {_LONGEST:,} are the most; is this the right data set? {AGAIN}",
            path,
        )
    data, foot = file.read(length), file.read(_FOOT)
    if masked_crc(data) != foot:
        raise DataError(f"record {number} is damaged: the CRC of its data is wrong; {AGAIN}", path)
    return data
