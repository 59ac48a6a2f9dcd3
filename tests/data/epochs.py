"""The windows of an epoch, sampled without any data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vidpred import Lengths
from vidpred.data.sampler import Batches, SamplerSettings, WindowIndex, training_batches


def lengths(*frames: int) -> list[Lengths]:
    return [Lengths(count, count) for count in frames]


def window_indices(batches: Batches) -> list[WindowIndex]:
    return [window_index for batch in batches for window_index in batch]


def epoch(
    frames: Sequence[int], number: int = 0, length: int = 4, purpose: str = "train", **options: Any
) -> list[WindowIndex]:
    """Return the windows of an epoch over clips of these lengths."""
    settings = SamplerSettings(**{"length": length, "batch_size": 4, "seed": 1, **options})
    return window_indices(training_batches(lengths(*frames), settings, number, purpose=purpose))
