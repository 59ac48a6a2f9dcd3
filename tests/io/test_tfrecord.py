"""TFRecord files: framing and CRCs, checked against another library."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from tfrecord import TFRecordWriter

from tests.io.tfrecord_writer import framed, masked, write
from vidpred import DataError
from vidpred.io.tfrecord import iterate_records, masked_crc, read_record


def test_the_crc_is_the_published_one() -> None:
    def crc(data: bytes) -> int:
        rotated = (struct.unpack("<I", masked_crc(data))[0] - 0xA282EAD8) % 2**32
        return (rotated >> 17 | rotated << 15) % 2**32

    assert crc(b"123456789") == 0xE3069283
    assert (
        crc(bytes(32)) == 0x8A9136AA and crc(b"\xff" * 32) == 0x62A8AB43 and crc(bytes(range(32))) == 0x46DD794E
    )  # RFC 3720, B.4


@given(st.binary(max_size=300))
def test_the_crc_equals_that_of_another_library(data: bytes) -> None:
    assert masked_crc(data) == masked(data) == TFRecordWriter.masked_crc(data)


def test_records_are_read_in_order_and_at_random(tmp_path: Path) -> None:
    contents = [b"one", b"", b"three" * 50_000]
    file = write(tmp_path / "a.tfrecords", contents)
    records = list(iterate_records(file))
    assert [data for _, data in records] == contents
    for number, (offset, data) in reversed(list(enumerate(records))):
        assert read_record(file, number, offset) == data


def test_every_flipped_byte_is_detected(tmp_path: Path) -> None:
    file = write(tmp_path / "a.tfrecords", [b"first", b"second"])
    good, second = file.read_bytes(), len(framed(b"first"))
    for offset in range(len(good)):
        for change in (1, 0x80, 0xFF):
            file.write_bytes(good[:offset] + bytes([good[offset] ^ change]) + good[offset + 1 :])
            number = int(offset >= second)
            for reading in (
                lambda: list(iterate_records(file)),
                lambda number=number: read_record(file, number, second * number),
            ):
                with pytest.raises(DataError) as caught:
                    reading()
                assert str(caught.value).startswith(
                    f"{file}: record {number} is damaged"
                ) and "download the file again" in str(caught.value)


def test_every_cut_is_detected_except_between_two_records(tmp_path: Path) -> None:
    file = write(tmp_path / "a.tfrecords", [b"first", b"second"])
    good, second = file.read_bytes(), len(framed(b"first"))
    for length in range(len(good)):
        file.write_bytes(good[:length])
        if length == second:
            assert len(list(iterate_records(file))) == 1
            continue
        message = "is empty, so it has no record 0" if length == 0 else f"record {int(length > second)} is cut off"
        with pytest.raises(DataError) as caught:
            list(iterate_records(file))
        assert str(caught.value).startswith(f"{file}: {message}")
    with pytest.raises(DataError, match="record 7 is cut off: 0 bytes are left"):
        read_record(file, 7, 10_000)  # the file was longer when it was indexed


@pytest.mark.parametrize("length", [3, 2**31, 2**63, 2**64 - 1])
def test_a_wrong_length_with_a_correct_crc_allocates_nothing(length: int, tmp_path: Path) -> None:
    head = struct.pack("<Q", length)
    file = tmp_path / "a.tfrecords"
    file.write_bytes(head + masked(head) + b"\0" * 6)
    with pytest.raises(DataError, match=f"record 0 is cut off: it says {length} bytes, but 2 are left"):
        list(iterate_records(file))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.tfrecords: is missing"):
        read_record(tmp_path / "a.tfrecords", 0, 0)
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        list(iterate_records(tmp_path))
