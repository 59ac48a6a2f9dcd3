"""A model's weights as a safetensors file: no code in it, every entry by its name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from vidpred.errors import VidpredError
from vidpred.runs.checkpoints import newest_first
from vidpred.runs.layout import MANIFEST, WEIGHTS
from vidpred.runs.manifest import damage

_PROBLEMS_SHOWN = 5
_OVERHEAD = 1 << 22  # bytes of names, shapes and the recipe


def packed(model: nn.Module, metadata: Mapping[str, str]) -> bytes:
    """The file: the whole state of the model, BatchNorm's statistics too, and the metadata, as JSON under one name (safetensors
    writes several in any order): equal weights are equal files."""
    state = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    return save(state, {"vidpred": json.dumps(dict(metadata), sort_keys=True)})


def load_weights(model: nn.Module, checkpoint: Path) -> None:
    """Load weights strictly. Raises VidpredError, naming entries that are missing, left over or of another shape, and where
    the file is not what was written."""
    path = checkpoint / WEIGHTS
    wrong = damage(checkpoint, WEIGHTS) if (checkpoint / MANIFEST).exists() else None
    if wrong:
        whole = [path.name for _, path in newest_first(checkpoint.parent) if not damage(path, WEIGHTS)]
        others = (
            f"use another checkpoint of this run: {', '.join(whole)}"
            if whole
            else "no other checkpoint of this run is whole"
        )
        raise VidpredError(f"{checkpoint}: is damaged: {wrong}; {others}")
    try:
        most = _OVERHEAD + 2 * sum(value.numel() * value.element_size() for value in model.state_dict().values())
        if not path.is_file() or path.stat().st_size > most:  # a pipe would be waited for, a device read without end
            raise VidpredError(
                f"{path}: is no file of at most {most:,} bytes, which this model's weights take; use another checkpoint"
            )
        weights: dict[str, Tensor] = load(path.read_bytes())
    except OSError as error:
        raise VidpredError(f"{path}: cannot be read: {error.strerror}") from error
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise VidpredError(f"{path}: cannot be read as weights: {error}") from error
    own = model.state_dict()
    problems = [f"missing: {name}" for name in own.keys() - weights.keys()]
    problems += [f"left over: {name}" for name in weights.keys() - own.keys()]
    problems += [
        f"{name}: {_kind(weights[name])}, but the model has {_kind(own[name])}"
        for name in own.keys() & weights.keys()
        if _kind(own[name]) != _kind(weights[name])
    ]
    if problems:
        more = [f"… and {len(problems) - _PROBLEMS_SHOWN} more"] if len(problems) > _PROBLEMS_SHOWN else []
        raise VidpredError(
            "\n  ".join(
                [
                    f"{path}: these weights do not fit the model; its parts and their sizes must be those of the recipe that "
                    "they were trained with",
                    *sorted(problems)[:_PROBLEMS_SHOWN],
                    *more,
                ]
            )
        )
    model.load_state_dict(weights)


def _kind(value: Tensor) -> str:
    return f"shape {tuple(value.shape)}" + ("" if value.is_floating_point() else f" of {value.dtype}")
