"""What torch says when something fails, recognised by its wording in this one module.

torch raises plain RuntimeErrors and ValueErrors for all of these. tests/engine/test_torch_errors.py provokes each
one, so that a new version of torch with other words is noticed.
"""

from __future__ import annotations

import torch

_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "size calculation overflowed")  # on a CPU


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on a GPU (where torch has an error class for it) or on the CPU."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return any(wording in str(error) for wording in _OUT_OF_MEMORY)


def is_single_value_per_channel(error: ValueError) -> bool:
    """Whether BatchNorm refused a batch because it has one value per channel, whose variance is undefined."""
    return "more than 1 value per channel" in str(error)


def dead_worker(error: RuntimeError) -> str | None:
    """If a DataLoader worker died: torch's reason; otherwise None."""
    text = str(error)
    return text.splitlines()[0].rstrip(".") if "DataLoader worker" in text else None


def is_output_too_small(error: RuntimeError) -> bool:
    """Whether a network's input was too small for its pooling layers or convolutions."""
    return "too small" in str(error)
