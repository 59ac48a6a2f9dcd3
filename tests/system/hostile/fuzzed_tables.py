"""Slightly damaged CSV files."""

from __future__ import annotations

from pathlib import Path
from random import Random

import torch

from tests.system.hostile.mutate import mutated, soup
from vidpred.io import read_table

CELLS = [
    "1",
    "0.5",
    "-0.25",
    "1e-3",
    "1e400",
    "nan",
    "inf",
    "9" * 50,
    "x",
    "",
    " ",
    "\t",
    "\x1b[31m",
    '"1"',
    "0x1",
    "1_0",
    "\u0663",
    "\ufeff",
    "\0",
    "\u2028",
    "1;2",
]


def table(random: Random, folder: Path) -> None:
    rows, columns = random.choice([1, 6, 30]), random.choice([3, 4])
    lines = [
        ",".join(
            random.choices(
                CELLS[:4] if random.random() < 0.8 else CELLS,
                k=columns if random.random() < 0.98 else random.randint(0, 8),
            )
        )
        for _ in range(rows + random.choice([-1, 0, 0, 0, 2]))
    ]
    data = random.choice(["\n", "\n", "\n", "\r\n", "\r"]).join(lines).encode()
    kind = random.randrange(5)
    data = (
        mutated(random, data)
        if kind == 0
        else soup(random, [*CELLS, ",", ",", "\n"], 100).encode()
        if kind == 1
        else data
    )
    data = data + random.choice([b",", b"1", b"\n", b"\0"]) * 1_200_000 if random.random() < 0.002 else data
    (folder / "actions.csv").write_bytes(data)
    values = read_table(folder / "actions.csv", columns, rows)
    assert values.shape == (rows, columns) and values.dtype == torch.float32 and values.isfinite().all()
