"""Slightly damaged weights and states, without a manifest, which would detect any change."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path
from random import Random

import torch

from tests.system.hostile.corpus_trained import saved
from tests.system.hostile.fuzzed_recipes import changed
from tests.system.hostile.mutate import mutated
from vidpred.runs.weights import encode_weights, load_weights
from vidpred.training.state import read_state as plain_values

LAYER = torch.nn.Linear(3, 2)
WEIGHTS = encode_weights(LAYER, {"recipe": "name: x\n"})
STATE_OF_A_RUN = saved(
    {
        "optimizer": {
            "state": {0: {"step": torch.tensor(1.0), "exp_avg": torch.zeros(2, 3)}},
            "param_groups": [{"lr": 0.1}],
        },
        "x": [1, None, "y"],
    }
)


def weights(random: Random, folder: Path) -> None:
    """Fuzz the safetensors file."""
    length = int.from_bytes(WEIGHTS[:8], "little")
    header, data = WEIGHTS[8 : 8 + length], WEIGHTS[8 + length :]
    kind = random.randrange(4)
    header = mutated(random, header) if kind == 1 else _header(random, json.loads(header)) if kind >= 2 else header
    claimed_length = (
        len(header) if random.random() < 0.9 else random.choice([0, 1, len(header) + 1, 10**9, 2**63, 2**64 - 1])
    )
    content = struct.pack("<Q", claimed_length) + header + (data if random.random() < 0.8 else mutated(random, data))
    (folder / "weights.safetensors").write_bytes(mutated(random, WEIGHTS) if kind == 0 else content)
    load_weights(LAYER, folder)
    assert [tuple(value.shape) for value in LAYER.state_dict().values()] == [(2, 3), (2,)]


def _header(random: Random, fields: dict[str, object]) -> bytes:
    for _ in range(random.choice([0, 1, 1, 2])):
        fields = changed(random, fields)  # type: ignore[assignment]
    return json.dumps(fields).encode()


def state(random: Random, folder: Path) -> None:
    """Fuzz torch's archive: mutated bytes, and archives whose members are mutated, with correct CRCs."""
    data = STATE_OF_A_RUN
    if random.random() < 0.5:
        buffer = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
            for name in old.namelist():
                new.writestr(name, mutated(random, old.read(name), 2) if random.random() < 0.3 else old.read(name))
        data = buffer.getvalue()
    else:
        data = mutated(random, data)
    (folder / "state.pt").write_bytes(data)
    assert isinstance(plain_values(folder / "state.pt"), dict)
