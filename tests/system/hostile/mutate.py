"""Bytes and text that are almost right. All of it follows from the `Random` that is given."""

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
    """A few changes: bits flipped, bytes replaced, pieces cut, doubled, moved, or put in."""
    for _ in range(random.randint(1, most)):
        place, length = random.randint(0, len(data)), min(random.choice([1, 1, 2, 4, 8, 50, 1000]), max(len(data), 1))
        piece, rest = data[place : place + length], data[place + length :]
        kind = random.randrange(6)
        if kind == 0 and piece:
            data = data[:place] + bytes([piece[0] ^ 1 << random.randrange(8)]) + data[place + 1 :]
        elif kind == 1:
            data = data[:place] + random.randbytes(len(piece)) + rest
        elif kind == 2:
            data = data[:place] + rest
        elif kind == 3:
            data = data[:place] + piece * random.choice([2, 2, 3, 40]) + rest
        elif kind == 4:
            data = data[:place] + random.choice(INTERESTING) + data[place + random.choice([0, 1, 4, 8]) :]
        else:
            data = (
                data[:place]
                if random.random() < 0.2
                else data[place:] + data[:place]
                if random.random() < 0.1
                else data[:place] + rest + piece
            )
    return data


def soup(random: Random, tokens: Sequence[str], most: int) -> str:
    """Tokens in any order."""
    return "".join(random.choices(tokens, k=random.randint(1, most)))
