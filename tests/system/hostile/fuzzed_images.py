"""Slightly damaged PNG files: bytes, chunks, rows."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from random import Random

import torch

from tests.system.hostile.corpus_images import SIGNATURE, chunk, png
from tests.system.hostile.mutate import mutated
from vidpred.io import read_frame


def image(random: Random, folder: Path) -> None:
    size = random.choice([(64, 64), (64, 64), (9, 5), None])
    (folder / "0.png").write_bytes(_png(random, size or (6, 7)))
    frame = read_frame(folder / "0.png", size)
    assert frame.shape[0] == 3 and frame.dtype == torch.uint8 and (size is None or frame.shape[1:] == size)


def _png(random: Random, size: tuple[int, int]) -> bytes:
    height, width = size
    kind = random.randrange(4)
    if kind == 0:
        return mutated(random, png(width, height))
    lines = b"".join(
        bytes([random.choice([0, 1, 2, 3, 4, 4, 9 if kind == 1 else 0])]) + random.randbytes(3 * width)
        for _ in range(height)
    )
    if kind == 1:
        lines = mutated(random, lines)
    compressed = zlib.compress(lines)
    header = struct.pack(
        ">2I5B",
        *(
            random.choice([value] * 20 + others)
            for value, others in (
                (width, [0, width + 1, 2**31, 2**32 - 1]),
                (height, [0, height + 1, 60000]),
                (8, [1, 16, 255]),
                (2, [0, 3, 4, 6, 7]),
                (0, [1]),
                (0, [1, 64]),
                (0, [1, 2]),
            )
        ),
    )
    cuts = sorted(random.choices(range(len(compressed) + 1), k=random.choice([0, 0, 1, 5])))
    pieces = [compressed[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(compressed)], strict=True)]
    others = [_odd_chunk(random) for _ in range(random.choice([0, 0, 0, 1, 3]))]
    chunks = [*others[:1], *(chunk(b"IDAT", piece) for piece in pieces), *others[1:]]
    if random.random() < 0.1:
        random.shuffle(chunks)
    data = (
        SIGNATURE + chunk(b"IHDR", header) + b"".join(chunks) + (chunk(b"IEND", b"") if random.random() < 0.9 else b"")
    )
    return mutated(random, data, 2) if kind == 3 else data


def _odd_chunk(random: Random) -> bytes:
    kind = random.choice(
        [
            b"tEXt",
            b"zTXt",
            b"iTXt",
            b"iCCP",
            b"gAMA",
            b"cHRM",
            b"sRGB",
            b"pHYs",
            b"tRNS",
            b"PLTE",
            b"acTL",
            b"fcTL",
            b"fdAT",
            b"eXIf",
            b"IHDR",
            b"IEND",
            b"bKGD",
            b"tIME",
            b"cICP",
            b"zzzz",
            b"\0\xff\0\xff",
        ]
    )
    data = random.choice(
        [
            b"",
            b"\0",
            b"key\0value",
            b"k\0\0" + zlib.compress(bytes(random.choice([10, 3_000_000]))),
            b"k\0\1\0\0\0x",
            random.randbytes(random.randint(0, 40)),
            b"\xff" * 32,
            struct.pack(">2I", 2, 0),
        ]
    )
    return chunk(
        kind,
        data,
        crc=random.choice([None, None, None, 0]),
        length=random.choice([None, None, None, None, 0, len(data) + 9, 2**31 - 1]),
    )
