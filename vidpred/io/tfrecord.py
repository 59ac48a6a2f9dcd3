"""Records of TFRecord files, read at random and verified.

A record is framed as its length (8 bytes), the length's CRC (4), the data, and the data's CRC (4), all little-endian;
a CRC is CRC-32C, rotated and shifted by a constant. The package `tfrecord` is used in tests only: it never verifies a
CRC, and allocates 1.5 times the length that a file claims before it reads.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import google_crc32c

from vidpred.errors import DataError
from vidpred.io.files import open_regular_file

REDOWNLOAD = "download the file again, or move it out of this folder"
_HEADER_BYTES, _FOOTER_BYTES = 12, 4
_LARGEST_RECORD = 2**28  # bytes: one of BAIR has 742,000


def masked_crc(data: bytes) -> bytes:
    """Return the CRC as a file holds it. It is masked because a CRC over data that holds CRCs is weak."""
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def describe_record(path: Path, number: int) -> str:
    """Name a record in messages. Records count from 0, as the folders of the lab layout that are made from them."""
    return f"{path}: record {number}"


def iterate_records(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield offset and data of every record, verified.

    Raises DataError for an empty file, and for a record that is damaged, cut off, or larger than 256 MiB. A file that
    was cut off exactly between two records cannot be distinguished from a shorter one.
    """
    with _open_records(path) as file:
        size = os.fstat(file.fileno()).st_size
        if not size:
            raise DataError(f"is empty, so it has no record 0; {REDOWNLOAD}", path)
        number, offset = 0, 0
        while offset < size:
            yield offset, _read_next(file, size, path, number)
            number, offset = number + 1, file.tell()


def read_record(path: Path, number: int, offset: int) -> bytes:
    """Read and verify the record at this offset; `number` is for messages. Raises DataError as `iterate_records`."""
    with _open_records(path) as file:
        file.seek(offset)
        return _read_next(file, os.fstat(file.fileno()).st_size, path, number)


def record_offsets(path: Path) -> tuple[list[int], bool]:
    """Return where the records of a file begin, by their lengths alone, and whether these lead to its end.

    Neither data nor their CRCs are read. If they do not lead to its end, the last record is damaged or cut off, and
    what follows it cannot be located. A file that cannot be read has a record at 0: reading that one says why.
    """
    offsets: list[int] = []
    offset = 0
    try:
        with open_regular_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            while offset < size:
                offsets.append(offset)
                file.seek(offset)
                length, crc = file.read(8), file.read(4)
                if masked_crc(length) != crc:
                    return offsets, False
                offset += _HEADER_BYTES + struct.unpack("<Q", length)[0] + _FOOTER_BYTES
    except OSError:
        pass
    return offsets or [0], bool(offsets) and offset == size


@contextmanager
def _open_records(path: Path) -> Iterator[BinaryIO]:
    try:
        with open_regular_file(path) as file:
            yield file
    except FileNotFoundError as error:
        raise DataError("is missing; restore it", path) from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path) from error


def _read_next(file: BinaryIO, size: int, path: Path, number: int) -> bytes:
    """Read the record at the file's position. Nothing is read, or allocated, beyond the `size` of the file."""
    rest = size - file.tell()
    header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES:
        raise _damaged(
            path, number, f"is cut off: {len(header)} bytes are left, and a record begins with {_HEADER_BYTES}"
        )
    if masked_crc(header[:8]) != header[8:]:
        raise _damaged(path, number, "is damaged, or the file is no TFRecord file: the CRC of its length is wrong")
    length: int = struct.unpack("<Q", header[:8])[0]
    available = rest - _HEADER_BYTES - _FOOTER_BYTES
    if length > available:
        raise _damaged(path, number, f"is cut off: it says {length} bytes, but {max(0, available)} are left")
    if length > _LARGEST_RECORD:
        most = f"{_LARGEST_RECORD:,} are the most"
        raise DataError(
            f"record {number} says {length:,} bytes, and {most}; is this the right data set? {REDOWNLOAD}", path
        )
    data, footer = file.read(length), file.read(_FOOTER_BYTES)
    if masked_crc(data) != footer:
        raise _damaged(path, number, "is damaged: the CRC of its data is wrong")
    return data


def _damaged(path: Path, number: int, reason: str) -> DataError:
    return DataError(f"record {number} {reason}; {REDOWNLOAD}", path)
