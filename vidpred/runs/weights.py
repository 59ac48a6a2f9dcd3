"""Weights of a model as a safetensors file: named tensors, and nothing that could be executed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from vidpred.errors import VidpredError
from vidpred.io.files import read_regular_file
from vidpred.runs.layout import MANIFEST, WEIGHTS
from vidpred.runs.manifest import find_damage
from vidpred.runs.position import list_checkpoints

_MAX_PROBLEMS_SHOWN = 5
_OVERHEAD_BYTES = 1 << 22  # of names, shapes and the recipe


def encode_weights(model: nn.Module, metadata: Mapping[str, str]) -> bytes:
    """Return the safetensors file of a model: all parameters and buffers, BatchNorm's statistics too.

    Equal weights are equal files: the metadata is JSON under one key, as safetensors writes several in any order.
    """
    state = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    return save(state, {"vidpred": json.dumps(dict(metadata), sort_keys=True)})


def load_weights(model: nn.Module, checkpoint: Path) -> None:
    """Load the weights of a checkpoint into the model, strictly.

    Raises VidpredError if the file is damaged, or if entries are missing, unexpected or of another shape.
    """
    damage = find_damage(checkpoint, WEIGHTS) if (checkpoint / MANIFEST).exists() else None
    if damage:
        raise VidpredError(f"{checkpoint}: is damaged: {damage}; {_alternatives(checkpoint)}")
    state = model.state_dict()
    weights = _read_weights(checkpoint / WEIGHTS, state)
    problems = sorted(_mismatches(state, weights))
    if problems:
        more = len(problems) - _MAX_PROBLEMS_SHOWN
        lines = [
            f"{checkpoint / WEIGHTS}: these weights do not fit the model; its parts and their sizes must be those of "
            "the recipe that they were trained with",
            *problems[:_MAX_PROBLEMS_SHOWN],
            *([f"… and {more} more"] if more > 0 else []),
        ]
        raise VidpredError("\n  ".join(lines))
    model.load_state_dict(weights)


def _read_weights(path: Path, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Read a regular file of at most twice the size of this state: never block on a pipe, never fill the memory."""
    limit = _OVERHEAD_BYTES + 2 * sum(value.numel() * value.element_size() for value in state.values())
    try:
        return load(read_regular_file(path, limit))
    except OSError as error:
        raise VidpredError(f"{path}: cannot be read: {error.strerror}; use another checkpoint") from error
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise VidpredError(f"{path}: cannot be read as weights: {error}") from error


def _alternatives(checkpoint: Path) -> str:
    paths = [path for _, path in list_checkpoints(checkpoint.parent)]
    intact = [path.name for path in paths if not find_damage(path, WEIGHTS)]
    if intact:
        return f"use another checkpoint of this run: {', '.join(intact)}"
    return "no other checkpoint of this run is intact"


def _mismatches(state: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> list[str]:
    problems = [f"missing: {name}" for name in state.keys() - weights.keys()]
    problems += [f"left over: {name}" for name in weights.keys() - state.keys()]
    for name in state.keys() & weights.keys():
        stored, expected = _describe(weights[name]), _describe(state[name])
        if stored != expected:
            problems.append(f"{name}: {stored}, but the model has {expected}")
    return problems


def _describe(value: Tensor) -> str:
    return f"shape {tuple(value.shape)}" + ("" if value.is_floating_point() else f" of {value.dtype}")
