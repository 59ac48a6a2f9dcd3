"""Decoder of tf.train.Example without TensorFlow or protobuf: example.proto and feature.proto, no more.

Example { Features features = 1 }            Features { map<string, Feature> feature = 1 }
Feature { oneof { BytesList bytes_list = 1; FloatList float_list = 2; Int64List int64_list = 3 } }
each list { repeated … value = 1 }           # floats and integers packed, or one by one
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

FeatureKind = Literal["bytes_list", "float_list", "int64_list"]
_KINDS: dict[int, FeatureKind] = {1: "bytes_list", 2: "float_list", 3: "int64_list"}
_VARINT, _DELIMITED, _FIXED32 = 0, 2, 5  # wire types of protobuf
_FIXED_BYTES = {1: 8, _FIXED32: 4}
_MOST_ITEMS = 100_000  # fields of a message, and integers of a list: each costs time


class MalformedExample(ValueError):
    """These bytes are not a valid message."""


class Feature(NamedTuple):
    """A decoded feature; `kind` is None if it is empty. Values are views of the record, float32 or int64."""

    kind: FeatureKind | None
    values: list[memoryview] | NDArray[np.float32] | NDArray[np.int64]


def parse_features(example: bytes) -> dict[str, memoryview]:
    """Return the features of an Example by name, still encoded. Raises MalformedExample."""
    features: dict[str, memoryview] = {}
    for message in _select_fields(memoryview(example), 1, _DELIMITED):
        for entry in _select_fields(message, 1, _DELIMITED):
            name, feature = _parse_map_entry(entry)
            features[name] = feature
    return features


def decode_feature(feature: memoryview) -> Feature:
    """Decode one feature. Raises MalformedExample."""
    kind: FeatureKind | None = None
    lists: list[memoryview] = []
    for number, wire, content in _iterate_fields(feature):
        if number in _KINDS and wire == _DELIMITED:
            if _KINDS[number] != kind:  # the last kind counts; lists of one kind are joined
                kind, lists = _KINDS[number], []
            lists.append(content)
    if kind == "float_list":
        return Feature(kind, _decode_floats(_join_values(lists, _FIXED32)))
    if kind == "int64_list":
        return Feature(kind, _decode_integers(_join_values(lists, _VARINT)))
    values: list[memoryview] = []
    for content in lists:
        values.extend(_select_fields(content, 1, _DELIMITED))
    return Feature(kind, values)


def _parse_map_entry(entry: memoryview) -> tuple[str, memoryview]:
    """Return key and value of a map entry: protobuf encodes a map as messages { key = 1, value = 2 }."""
    key = value = memoryview(b"")
    for number, wire, content in _iterate_fields(entry):
        if wire == _DELIMITED and number == 1:
            key = content
        elif wire == _DELIMITED and number == 2:
            value = content
    try:
        return str(key, "utf-8"), value
    except UnicodeDecodeError as error:
        raise MalformedExample("the name of a feature is not UTF-8") from error


def _join_values(lists: list[memoryview], wire: int) -> bytes:
    """Join the numbers of lists; packed ones and single ones have the same bytes then."""
    values: list[memoryview] = []
    for content in lists:
        values.extend(_select_fields(content, 1, wire, _DELIMITED))
    return b"".join(values)


def _decode_floats(packed: bytes) -> NDArray[np.float32]:
    if len(packed) % 4:
        raise MalformedExample("a list of floats is cut off")
    return np.frombuffer(packed, "<f4").astype(np.float32)


def _decode_integers(packed: bytes) -> NDArray[np.int64]:
    data, offset = memoryview(packed), 0
    values: list[int] = []
    while offset < len(data):
        value, offset = _read_varint(data, offset)
        values.append(value)
        if len(values) > _MOST_ITEMS:
            raise MalformedExample(f"a list has more than {_MOST_ITEMS:,} integers")
    return np.array(values, np.uint64).view(np.int64)


def _select_fields(data: memoryview, number: int, *wires: int) -> Iterator[memoryview]:
    """Yield the contents of one field; a field of another wire type is skipped, as protobuf does."""
    return (content for field, wire, content in _iterate_fields(data) if field == number and wire in wires)


def _iterate_fields(data: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """Yield the number, wire type and content of each field of a message."""
    offset = count = 0
    while offset < len(data):
        count += 1
        if count > _MOST_ITEMS:
            raise MalformedExample(f"a message has more than {_MOST_ITEMS:,} fields")
        tag, begin = _read_varint(data, offset)
        wire = tag & 7
        if wire == _DELIMITED:
            size, begin = _read_varint(data, begin)
            offset = begin + size
        elif wire == _VARINT:
            offset = _read_varint(data, begin)[1]
        elif wire in _FIXED_BYTES:
            offset = begin + _FIXED_BYTES[wire]
        else:
            raise MalformedExample(f"a field has the wire type {wire}")
        if offset > len(data):
            raise MalformedExample("a field is longer than its message")
        yield tag >> 3, wire, data[begin:offset]


def _read_varint(data: memoryview, offset: int) -> tuple[int, int]:
    """Return a number of 7 bits a byte, lowest first, modulo 2**64, and the offset after it."""
    value = 0
    for shift, byte in enumerate(data[offset : offset + 10]):
        value |= (byte & 127) << 7 * shift
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, offset + shift + 1
    raise MalformedExample("a number does not end")
