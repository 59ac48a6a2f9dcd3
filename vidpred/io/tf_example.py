"""tf.train.Example without TensorFlow or protobuf: what TensorFlow's example.proto and feature.proto say, no more.

Example { Features features = 1 }            Features { map<string, Feature> feature = 1 }
Feature { oneof { BytesList bytes_list = 1; FloatList float_list = 2; Int64List int64_list = 3 } }
each list { repeated … value = 1 }           # floats and integers packed, or one by one
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Kind = Literal["bytes_list", "float_list", "int64_list"]
_KINDS: dict[int, Kind] = {1: "bytes_list", 2: "float_list", 3: "int64_list"}
_VARINT, _DELIMITED, _FIXED32 = 0, 2, 5  # wire types of protobuf
_FIXED = {1: 8, _FIXED32: 4}  # how many bytes a number of fixed size takes
_MOST = 100_000  # fields of a message, and integers of a list: each costs time


class Malformed(ValueError):
    """These bytes are no such message."""


class Feature(NamedTuple):
    """`kind` is None where nothing is set. Values are views of the record, float32 or int64."""

    kind: Kind | None
    values: list[memoryview] | NDArray[np.float32] | NDArray[np.int64]


def features(example: bytes) -> dict[str, memoryview]:
    """The features of an Example by name, still encoded: `decode` those that are needed. Raises Malformed."""
    return dict(
        _entry(entry)
        for part in _contents(memoryview(example), 1, _DELIMITED)
        for entry in _contents(part, 1, _DELIMITED)
    )


def decode(feature: memoryview) -> Feature:
    """What a Feature holds. Raises Malformed."""
    kind: Kind | None = None
    lists: list[memoryview] = []
    for number, wire, content in _fields(feature):
        if number in _KINDS and wire == _DELIMITED:
            if _KINDS[number] != kind:  # the last kind wins; lists of one kind are joined
                kind, lists = _KINDS[number], []
            lists.append(content)
    if kind == "float_list":
        return Feature(kind, _floats(_joined(lists, _FIXED32)))
    if kind == "int64_list":
        return Feature(kind, _integers(_joined(lists, _VARINT)))
    return Feature(kind, [value for part in lists for value in _contents(part, 1, _DELIMITED)])


def _entry(entry: memoryview) -> tuple[str, memoryview]:
    """Key and value of a map, which is a list of messages { key = 1, value = 2 } to protobuf."""
    key = value = memoryview(b"")
    for number, wire, content in _fields(entry):
        if wire == _DELIMITED and number == 1:
            key = content
        elif wire == _DELIMITED and number == 2:
            value = content
    try:
        return str(key, "utf-8"), value
    except UnicodeDecodeError as error:
        raise Malformed("the name of a feature is not UTF-8") from error


def _joined(lists: list[memoryview], wire: int) -> bytes:
    """Numbers packed and one by one are the same bytes, once they stand together."""
    return b"".join(content for part in lists for content in _contents(part, 1, wire, _DELIMITED))


def _floats(packed: bytes) -> NDArray[np.float32]:
    if len(packed) % 4:
        raise Malformed("a list of floats is cut off")
    return np.frombuffer(packed, "<f4").astype(np.float32)


def _integers(packed: bytes) -> NDArray[np.int64]:
    data, place, found = memoryview(packed), 0, []
    while place < len(data):
        value, place = _varint(data, place)
        found.append(value)
        if len(found) > _MOST:
            raise Malformed(f"a list has more than {_MOST:,} integers")
    return np.array(found, np.uint64).view(np.int64)


def _contents(data: memoryview, number: int, *wires: int) -> Iterator[memoryview]:
    """The contents of one field; a field of another wire type is skipped, as protobuf does."""
    return (content for field, wire, content in _fields(data) if field == number and wire in wires)


def _fields(data: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """The fields of a message: number, wire type, and the bytes of its content."""
    place = count = 0
    while place < len(data):
        count += 1
        if count > _MOST:
            raise Malformed(f"a message has more than {_MOST:,} fields")
        tag, begin = _varint(data, place)
        wire = tag & 7
        if wire == _DELIMITED:
            size, begin = _varint(data, begin)
            place = begin + size
        elif wire == _VARINT:
            place = _varint(data, begin)[1]
        elif wire in _FIXED:
            place = begin + _FIXED[wire]
        else:
            raise Malformed(f"a field has the wire type {wire}")
        if place > len(data):
            raise Malformed("a field is longer than its message")
        yield tag >> 3, wire, data[begin:place]


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    """A number of 7 bits a byte, lowest first, and where it ends."""
    value = 0
    for shift, byte in enumerate(data[place : place + 10]):
        value |= (byte & 127) << 7 * shift
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, place + shift + 1
    raise Malformed("a number does not end")
