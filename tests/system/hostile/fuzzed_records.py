"""Slightly damaged TFRecords: framing, protobuf, features."""

from __future__ import annotations

from pathlib import Path
from random import Random

from tests.io.tfrecord_writer import example, feature, framed, message, trajectory, varint
from tests.system.hostile.mutate import mutated
from vidpred.builtin.datasets.bair.dataset import BairRobot

TRAJECTORY = trajectory(2)
GOOD_EXAMPLE = example(TRAJECTORY)


def records(random: Random, folder: Path) -> None:
    """Fuzz index, framing, Example, frames and numbers of a split with one file."""
    path = folder / "test" / "traj_0_to_255.tfrecords"
    path.parent.mkdir(exist_ok=True)
    (path.parent / ".vidpred_index").unlink(missing_ok=True)
    path.write_bytes(_shard(random))
    split = BairRobot(BairRobot.Config(root=folder)).split("test")
    for index, length in enumerate(split.lengths):
        window = split.read(index, 0, length.frames)
        assert window.frames.shape == (length.frames, 3, 64, 64) and window.conditions.shape == (length.frames, 7)
        assert window.conditions.isfinite().all()


def _shard(random: Random) -> bytes:
    kind = random.randrange(4)
    if kind == 0:
        return mutated(random, framed(GOOD_EXAMPLE) + framed(GOOD_EXAMPLE))
    if kind == 1:
        return framed(mutated(random, GOOD_EXAMPLE))
    if kind == 2:
        return framed(random.choice([GOOD_EXAMPLE, b""]) + _message(random, 4))
    features = dict(TRAJECTORY)
    name = random.choice(sorted(features))
    content = features.pop(name)
    encoded = _feature(random, content)
    return framed(example(features) + message(1, message(1, message(1, _name(random, name)) + message(2, encoded))))


def _name(random: Random, name: str) -> bytes:
    return random.choice(
        [
            name.encode(),
            name.encode(),
            mutated(random, name.encode()),
            b"9" * random.choice([3, 9, 10, 5000]) + b"/action",
            b"-1/action",
        ]
    )


def _feature(random: Random, content: object) -> bytes:
    numbers = [
        random.choice([0.0, 1.0, 1e38, float("inf"), float("nan")])
        for _ in range(random.choice([0, 3, 4, 4, 4, 5, 1000]))
    ]
    return random.choice(
        [
            feature(numbers),
            feature(numbers) + feature(b"x"),
            feature(random.randbytes(random.choice([0, 12287, 12288]))),  # type: ignore[arg-type]
            message(3, message(1, b"".join(varint(random.getrandbits(64)) for _ in range(9)))),
            _message(random, 3),
            mutated(random, feature(content)),
        ]
    )  # type: ignore[arg-type]


def _message(random: Random, depth: int) -> bytes:
    """Fields of any number and wire type, nested, often of a wrong length."""
    out = b""
    for _ in range(random.randint(0, 4)):
        number, wire = random.choice([1, 1, 1, 2, 3, 15, 16, 2**28]), random.choice([2, 2, 2, 0, 1, 5, 3, 7])
        content = (
            _message(random, depth - 1) if depth and random.random() < 0.7 else random.randbytes(random.randint(0, 12))
        )
        length = varint(len(content) if random.random() < 0.8 else random.choice([0, 1, 2**31, 2**63, 2**64 - 1]))
        out += varint(number << 3 | wire) + {0: varint(random.getrandbits(64)), 1: content[:8], 5: content[:4]}.get(
            wire, length + content
        )
    return out
