"""tf.train.Example, parsed as protobuf does."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, strategies as st
from tfrecord import example_pb2

from tests.io.tfrecord_writer import example, feature, message, varint
from vidpred.io.tf_example import MalformedExample, decode_feature, parse_features
from vidpred.io.tfrecord import iterate_records, read_record

KINDS = {
    "bytes_list": st.binary(max_size=20),
    "float_list": st.floats(width=32),
    "int64_list": st.integers(-(2**63), 2**63 - 1),
}
EXAMPLES = st.dictionaries(
    st.text(max_size=8),
    st.none()
    | st.sampled_from(sorted(KINDS)).flatmap(lambda kind: st.tuples(st.just(kind), st.lists(KINDS[kind], max_size=5))),
    max_size=5,
)


def by_protobuf(data: bytes) -> dict[str, tuple[str | None, list[Any]]]:
    features = {}
    for name, value in example_pb2.Example.FromString(data).features.feature.items():
        kind = value.WhichOneof("kind")
        features[name] = (kind, list(getattr(value, kind).value) if kind else [])
    return features


def by_us(data: bytes) -> dict[str, tuple[str | None, list[Any]]]:
    features: dict[str, tuple[str | None, list[Any]]] = {}
    for name, encoded in parse_features(data).items():
        kind, values = decode_feature(encoded)
        features[name] = (kind, list(map(bytes, values)) if kind == "bytes_list" else np.asarray(values).tolist())
    return features


def same(left: dict[str, Any], right: dict[str, Any]) -> bool:
    return repr(sorted(left.items())) == repr(sorted(right.items()))  # nan equals nan, and -0.0 differs from 0.0


@given(EXAMPLES)
def test_examples_are_parsed_as_protobuf_does(contents: dict[str, tuple[str, list[Any]] | None]) -> None:
    proto = example_pb2.Example()
    for name, content in contents.items():
        entry = proto.features.feature[name]
        if content:
            getattr(entry, content[0]).SetInParent()
            getattr(entry, content[0]).value.extend(content[1])
    data = proto.SerializeToString()
    assert same(by_us(data), by_protobuf(data))


OTHER_ENCODINGS = {  # a Feature as other writers may encode it
    "floats": message(2, b"".join(b"\x0d" + struct.pack("<f", value) for value in (1, -2.5, 3))),
    "integers": message(3, b"".join(b"\x08" + varint(value % 2**64) for value in (1, -2, 2**62))),
    "mixed": message(2, message(1, struct.pack("<2f", 1, 2)) + b"\x0d" + struct.pack("<f", 3) + message(1, b"")),
    "two lists": feature([1.0, 2.0]) + feature([3.0]),
    "the last kind": feature([1.0]) + feature(b"bytes") + feature(b"more"),
    "unknown fields": b"\x78\x05"
    + message(9, b"new")
    + message(1, message(7, b"new") + message(1, b"old"))
    + b"\x55abcd"
    + b"\x51abcdefgh",
    "a field of another wire type": message(2, b"\x08\x05" + message(1, struct.pack("<f", 3))),
    "nothing": b"",
}


@pytest.mark.parametrize("case", OTHER_ENCODINGS)
def test_other_encodings_are_parsed_as_protobuf_does(case: str) -> None:
    entry = message(1, message(1, b"name") + message(2, OTHER_ENCODINGS[case]))
    data = message(1, entry) + message(1, entry.replace(b"name", b"more")) + message(5, b"unknown")
    assert same(by_us(data), by_protobuf(data)) and set(by_us(data)) == {"name", "more"}


@given(st.binary(max_size=60))
def test_random_bytes_raise_only_malformed_example(data: bytes) -> None:
    with contextlib.suppress(MalformedExample):
        by_us(data)


def test_a_changed_byte_of_an_example_is_parsed_as_protobuf_does_or_malformed() -> None:
    """protobuf also rejects bytes that we skip (UTF-8 in unknown fields), and omits entries with unknown fields."""
    good = example({"0/action": [1.0, 2.0], "0/image_main/encoded": b"abc"})
    parsed = 0
    for offset in range(len(good)):
        for byte in range(256):
            data = good[:offset] + bytes([byte]) + good[offset + 1 :]
            with contextlib.suppress(MalformedExample, DecodeError):
                ours, theirs = by_us(data), by_protobuf(data)
                assert theirs.keys() <= ours.keys() and same({name: ours[name] for name in theirs}, theirs)
                parsed += 1
    assert parsed > 1000


def test_malformed_examples_say_why() -> None:
    for data, reason in {
        b"\x0a\x05abc": "longer than its message",
        b"\x80" * 11: "does not end",
        b"\x0b": "wire type 3",
        message(1, message(1, message(1, b"\xff"))): "not UTF-8",
    }.items():
        with pytest.raises(MalformedExample, match=reason):
            parse_features(data)
    with pytest.raises(MalformedExample, match="a list of floats is cut off"):
        decode_feature(memoryview(message(2, message(1, b"abc"))))


def test_the_real_shard_is_read(real_data: Path) -> None:
    """Written by TensorFlow Datasets, not by our writer."""
    file = real_data / "tfrecord" / "bridge_dataset-train.tfrecord-00000-of-00001"
    records = list(iterate_records(file))  # every CRC is checked
    assert len(records) == 25 and sum(16 + len(data) for _, data in records) == file.stat().st_size
    kinds = set()
    for number, (offset, data) in enumerate(records):
        assert read_record(file, number, offset) == data
        ours = by_us(data)
        assert same(ours, by_protobuf(data))
        kinds |= {kind for kind, _ in ours.values()}
    assert kinds == {"bytes_list", "float_list", "int64_list"}
