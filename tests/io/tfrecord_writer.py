"""TFRecords for the tests, written by a few lines that share none with the reader; the CRC is another library's."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

import crc32c
import numpy as np
from PIL import Image

Values = bytes | list[bytes] | list[float]


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def message(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def feature(values: Values) -> bytes:
    """A BytesList of bytes, a packed FloatList of numbers."""
    if isinstance(values, bytes):
        values = [values]
    if values and isinstance(values[0], bytes):
        return message(1, b"".join(message(1, value) for value in values))
    return message(2, message(1, np.array(values, "<f4").tobytes()))


def example(features: Mapping[str, Values]) -> bytes:
    return message(
        1,
        b"".join(
            message(1, message(1, name.encode()) + message(2, feature(values))) for name, values in features.items()
        ),
    )


def masked(data: bytes) -> bytes:
    crc = crc32c.crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32)


def framed(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


def write(path: Path, records: Iterable[bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(map(framed, records)))
    return path


def trajectory(frames: int, seed: int = 0) -> dict[str, Values]:
    """The features of one record of the release, all random."""
    random = np.random.default_rng(seed)
    return {
        name: values
        for t in range(frames)
        for name, values in {
            f"{t}/image_aux1/encoded": random.bytes(64 * 64 * 3),
            f"{t}/image_main/encoded": random.bytes(64 * 64 * 3),
            f"{t}/action": random.normal(size=4).tolist(),
            f"{t}/endeffector_pos": random.normal(size=3).tolist(),
        }.items()
    }


def converted(folder: Path) -> dict[str, Values]:
    """The record that a trajectory's folder was made from; the other camera sees the negative."""
    actions, positions = (
        np.loadtxt(folder / name, delimiter=",") for name in ("actions.csv", "endeffector_positions.csv")
    )
    features: dict[str, Values] = {}
    for t in range(len(actions)):
        pixels = np.asarray(Image.open(folder / f"{t}.png"))
        features |= {
            f"{t}/image_aux1/encoded": pixels.tobytes(),
            f"{t}/image_main/encoded": (255 - pixels).tobytes(),
            f"{t}/action": actions[t].tolist(),
            f"{t}/endeffector_pos": positions[t].tolist(),
        }
    return features
