"""Mutated bytes and text, determined by the given `Random`."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

INTERESTING = [
    b"\0",
    b"\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
    b"\xff" * 8,
    b"\xff" * 7 + b"\x7f",
    b"\0" * 100,
    b"9" * 50,
    b"-1",
    b"nan",
    b"1e999",
    b"\n",
    b"\r",
    b",",
    b"\x1b[31m",
    b"\xe2\x80\xae",
    b"{",
    b"[",
    b'"',
    b"\xf0\x9f\x92\xa3",
    b"\xed\xa0\x80",
    b"IDAT",
    b"acTL",
]


def mutated(random: Random, data: bytes, most: int = 6) -> bytes:
    """Apply a few mutations: flip bits; replace, remove, repeat, move or insert bytes."""
    for _ in range(random.randint(1, most)):
        offset, length = random.randint(0, len(data)), min(random.choice([1, 1, 2, 4, 8, 50, 1000]), max(len(data), 1))
        piece, rest = data[offset : offset + length], data[offset + length :]
        kind = random.randrange(6)
        if kind == 0 and piece:
            data = data[:offset] + bytes([piece[0] ^ 1 << random.randrange(8)]) + data[offset + 1 :]
        elif kind == 1:
            data = data[:offset] + random.randbytes(len(piece)) + rest
        elif kind == 2:
            data = data[:offset] + rest
        elif kind == 3:
            data = data[:offset] + piece * random.choice([2, 2, 3, 40]) + rest
        elif kind == 4:
            data = data[:offset] + random.choice(INTERESTING) + data[offset + random.choice([0, 1, 4, 8]) :]
        else:
            data = (
                data[:offset]
                if random.random() < 0.2
                else data[offset:] + data[:offset]
                if random.random() < 0.1
                else data[:offset] + rest + piece
            )
    return data


def soup(random: Random, tokens: Sequence[str], most: int) -> str:
    """Join random tokens."""
    return "".join(random.choices(tokens, k=random.randint(1, most)))
