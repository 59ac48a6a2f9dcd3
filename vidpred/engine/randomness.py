"""Random numbers as pure functions of a key: (seed, purpose, epoch, step or clip, sample, t).

No generator carries state from one use to the next, so nothing random needs to be saved in a checkpoint, validation
cannot disturb training, and neither batch size nor the number of workers or ranks changes a number.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

import torch
from torch import Tensor

Key = tuple[int | str, ...]


def seed_of(*key: int | str) -> int:
    """Return a 63-bit seed derived from the key."""
    digest = hashlib.blake2b("\x1f".join(map(str, key)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def generator(*key: int | str) -> random.Random:
    """Return a new generator for this key: for shuffles and the starts of windows."""
    return random.Random(seed_of(*key))


def uniform(*key: int | str) -> float:
    """Return a number in [0, 1) derived from the key: for teacher-forcing draws."""
    return seed_of(*key) / 2**63


class KeyedNoise:
    """Standard normal noise by row: row r at frame t depends on (keys[r], t) only.

    It is drawn in float32 on the CPU, so that every device and precision sees the same numbers.
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        self.keys = keys

    def __call__(self, t: int, like: Tensor) -> Tensor:
        """Return noise [B, ...] with the shape, type and device of `like`; B is the number of keys."""
        assert len(like) == len(self.keys), f"{len(like)} rows, but {len(self.keys)} keys"
        if like.is_meta:
            return torch.empty_like(like)
        source = torch.Generator()
        rows = [torch.randn(like.shape[1:], generator=source.manual_seed(seed_of(*key, t))) for key in self.keys]
        return torch.stack(rows).to(like, non_blocking=True)
