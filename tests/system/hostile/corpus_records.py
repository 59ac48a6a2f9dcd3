"""TFRecords with absurd lengths, wrong CRCs, and Examples that are none."""

from __future__ import annotations

import random
import struct

from tests.io.tfrecord_writer import Values, example, feature, framed, masked, message, trajectory, varint
from tests.system.hostile.case import Case, Make, both, file, link, pipe, sparse

SHARD = "release/train/traj_0_to_255.tfrecords"
LENGTH = struct.Struct("<Q").pack


def head(length: int) -> bytes:
    return LENGTH(length) + masked(LENGTH(length))


def refused(content: bytes | Make, *expected: str) -> Case:
    """The training data are one such file."""
    return Case(
        both(
            file("release/validate/a.tfrecords", framed(example(trajectory(6)))),
            content if callable(content) else file(SHARD, content),
        ),
        ("run", "{workspace}/robot.yaml", "--set", "data.root={workspace}/release"),
        expected if callable(content) else ("{workspace}/" + SHARD, *expected),
    )


def broken(content: bytes, *expected: str) -> Case:
    """One record with right CRCs, whose content is wrong."""
    return refused(framed(content), ": record 0", *expected)


def changed(**features: Values) -> bytes:
    return example(
        {**trajectory(6), **{name.replace("__", "/").lstrip("f"): values for name, values in features.items()}}
    )


MUCH = b"x" * 300_000
CASES = {
    "a length of 2**64 - 1": refused(
        head(2**64 - 1) + bytes(20),
        ": record 0 is cut off: it says 18446744073709551615 bytes, but 16 are left; download the file again",
    ),
    "a length of 2**63": refused(head(2**63) + bytes(20), ": record 0 is cut off: it says 9223372036854775808 bytes"),
    "a length of 1 GB": refused(
        head(10**9) + bytes(20), ": record 0 is cut off: it says 1000000000 bytes, but 16 are left"
    ),
    "a length whose CRC is wrong": refused(
        LENGTH(5) + bytes(20), ": record 0 is damaged, or the file is no TFRecord file: the CRC of its length is wrong"
    ),
    "data whose CRC is wrong": refused(
        head(5) + b"hello" + bytes(4), ": record 0 is damaged: the CRC of its data is wrong"
    ),
    "zeros": refused(bytes(10_000), ": record 0 is damaged, or the file is no TFRecord file"),
    "noise": refused(random.Random(3).randbytes(10_000), ": record 0 is damaged, or the file is no TFRecord file"),
    "nothing": refused(b"", ": is empty, so it has no record 0"),
    "three bytes": refused(b"abc", ": record 0 is cut off: 3 bytes are left, and a record begins with 12"),
    "a GZIP": refused(b"\x1f\x8b\x08" + bytes(100), ": record 0 is damaged, or the file is no TFRecord file"),
    "a record that is empty": broken(
        b"", "holds no frames (0/image_aux1/encoded, …), but nothing; is this the BAIR release?"
    ),
    "a message longer than itself": broken(
        b"\x0a\x05abc", "is no tf.train.Example: a field is longer than its message"
    ),
    "a message of 2**63 bytes": broken(
        b"\x0a" + varint(2**63) + b"abc", "is no tf.train.Example: a field is longer than its message"
    ),
    "a number without an end": broken(b"\x80" * 100_000, "is no tf.train.Example: a number does not end"),
    "a group": broken(b"\x0b\x0b\x0b", "is no tf.train.Example: a field has the wire type 3"),
    "nested 100,000 deep": broken(
        b"".join(message(1, b"")[:1] + varint(n) for n in range(100_000, 0, -4)), "is no tf.train.Example: "
    ),
    "100,001 fields": broken(b"\x78\x01" * 100_001, "is no tf.train.Example: a message has more than 100,000 fields"),
    "100,001 features": broken(
        message(1, b"\x0a\x00" * 100_001), "is no tf.train.Example: a message has more than 100,000 fields"
    ),
    "a name that is not UTF-8": broken(
        message(1, message(1, message(1, b"\xff\xfe") + message(2, b""))), "the name of a feature is not UTF-8"
    ),
    "noise in a record": broken(random.Random(4).randbytes(5000), "is no tf.train.Example: "),
    "zeros in a record": broken(bytes(5000), "holds no frames"),
    "JSON in a record": broken(b'{"features": {}}', "is no tf.train.Example: "),
    "another data set": broken(
        example({"observation/image": b"x", "\x1b[31mred": b"y"}),
        "holds no frames (0/image_aux1/encoded, …), but \\x1b[31mred, observation/image; is this the BAIR release?",
    ),
    "a gap": broken(
        example({name: values for name, values in trajectory(6).items() if not name.startswith("3/")}),
        "the feature 3/image_aux1/encoded is missing, though the record continues to 5",
    ),
    "a million frames": broken(
        example({"999999/action": [1.0]}),
        "the feature 0/image_aux1/encoded is missing, though the record continues to 999999",
    ),
    "a frame of 300,000 bytes": broken(
        changed(f3__image_aux1__encoded=MUCH),
        ", 3/image_aux1/encoded: holds 300000 bytes, but a frame is 64x64 RGB, 12288 bytes",
    ),
    "a frame of no bytes": broken(changed(f3__image_aux1__encoded=b""), ", 3/image_aux1/encoded: holds 0 bytes"),
    "a frame twice": broken(changed(f3__image_aux1__encoded=[b"x", b"y"]), ", 3/image_aux1/encoded: holds 1 + 1 bytes"),
    "a frame of numbers": broken(
        changed(f3__image_aux1__encoded=[1.0]), ", 3/image_aux1/encoded: is float_list, but bytes_list is expected"
    ),
    "numbers of bytes": broken(changed(f3__action=b"abc"), ", 3/action: is bytes_list, but float_list is expected"),
    "300,000 numbers": broken(
        changed(f3__action=[1.0] * 300_000), ", 3/action: has 300000 numbers, but 4 are expected"
    ),
    "no numbers": broken(changed(f3__action=[]), ", 3/action: has 0 numbers, but 4 are expected"),
    "numbers that are not finite": broken(
        changed(f3__action=[1.0, float("nan"), 3.0, 4.0]), ", 3/action: number 2 is nan; it should be a finite number"
    ),
    "100,001 integers": broken(
        example(trajectory(5))
        + message(
            1,
            b"".join(
                message(1, message(1, name.encode()) + message(2, value))
                for name, value in {
                    **{f"5/image_{camera}/encoded": feature(bytes(12288)) for camera in ("aux1", "main")},
                    "5/endeffector_pos": feature([1.0, 2.0, 3.0]),
                    "5/action": message(3, message(1, b"\1" * 100_001)),
                }.items()
            ),
        ),
        ", 5/action: cannot be decoded: a list has more than 100,000 integers",
    ),
    "a second record that is torn": refused(
        framed(example(trajectory(6))) + head(100) + b"abc", ": record 1 is cut off: it says 100 bytes, but 0 are left"
    ),
    "a pipe": refused(both(file(SHARD, b""), pipe(SHARD)), "{workspace}/release/train: holds no trajectory"),
    "a device": refused(
        both(file(SHARD, b""), link(SHARD, "/dev/zero")), "{workspace}/release/train: holds no trajectory"
    ),
    "a record of 300 MB": refused(
        sparse(SHARD, 300_000_016, head(300_000_000)), "record 0 says 300,000,000 bytes, and 268,435,456 are the most"
    ),
    "a record of 1 TB": refused(
        sparse(SHARD, 10**12 + 16, head(10**12)),
        "record 0 says 1,000,000,000,000 bytes, and 268,435,456 are the most; is this the right data set?",
    ),
}
