"""The state of training besides the weights: optimizer, gradient scaler, statistics of an unfinished epoch.

Nothing else is needed to resume: learning rate, schedules, shuffles, teacher-forcing masks and noise are functions of
the position and the history.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vidpred.errors import VidpredError
from vidpred.io.files import open_regular_file
from vidpred.runs.layout import STATE
from vidpred.training.epoch_stats import EpochStats
from vidpred.training.trainer import Trainer

_MAX_PROBLEMS_SHOWN = 5


def encode_state(trainer: Trainer, stats: EpochStats) -> bytes:
    """Return the file state.pt: tensors and plain values."""
    file = io.BytesIO()
    state = {
        "optimizer": trainer.optimizer.state_dict(),
        "scaler": trainer.scaler.state_dict(),
        "totals": stats.state_dict(),
    }
    torch.save(state, file)
    return file.getvalue()


def restore_state(trainer: Trainer, checkpoint: Path) -> EpochStats:
    """Restore the trainer from a checkpoint; return the statistics of the unfinished epoch.

    Raises VidpredError, naming entries that are missing, unexpected or of another shape. Nothing in the file is
    executed.
    """
    path = checkpoint / STATE
    state = read_state(path)
    try:
        problems = list(_mismatches(trainer, state["optimizer"]))
        if not problems:
            trainer.optimizer.load_state_dict(state["optimizer"])
            trainer.scaler.load_state_dict(state["scaler"])
            return EpochStats.from_state_dict(state["totals"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RuntimeError) as error:
        raise VidpredError(f"{path}: does not hold the state of this run: {type(error).__name__}: {error}") from error
    lines = [f"{path}: does not fit the model and optimizer of this run", *problems[:_MAX_PROBLEMS_SHOWN]]
    if len(problems) > _MAX_PROBLEMS_SHOWN:
        lines.append(f"… and {len(problems) - _MAX_PROBLEMS_SHOWN} more")
    raise VidpredError("\n  ".join(lines))


def read_state(path: Path) -> dict[str, Any]:
    """Read tensors and plain values and nothing else: `weights_only` refuses what would execute code."""
    try:
        with open_regular_file(path) as file:
            data = file.read()
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            # torch does not compress: without compression, a small file cannot unpack to a large one
            if sum(member.file_size for member in archive.infolist()) > len(data):
                raise ValueError("it is compressed, which vidpred's are not")
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # torch's parser may raise anything on damaged input
        reason = str(error).split("\n")[0].split(". ")[0]
        raise VidpredError(
            f"{path}: cannot be read as tensors and plain values: {reason}; use another checkpoint of this run"
        ) from error
    if not isinstance(state, dict):
        raise VidpredError(f"{path}: does not hold the state of a run")
    return state


def _mismatches(trainer: Trainer, state: Mapping[str, Any]) -> Iterator[str]:
    """Yield entries of an optimizer's state that are missing, unexpected, or of another shape than their weight."""
    parameters = [parameter for group in trainer.optimizer.param_groups for parameter in group["params"]]
    names = {id(parameter): name for name, parameter in trainer.model.named_parameters()}
    states: Mapping[int, Mapping[str, Any]] = state["state"]
    for index in states.keys() - set(range(len(parameters))):
        yield f"left over: weight {index!r} of {len(parameters)}"
    entries = {entry for own in states.values() for entry in own}
    for index, parameter in enumerate(parameters):
        name = names.get(id(parameter), str(index))
        own = states.get(index, {})
        if own and own.keys() != entries:
            yield f"{name}: missing: {', '.join(sorted(map(str, entries - own.keys())))}"
        for entry, value in own.items():
            if isinstance(value, Tensor) and value.dim() and value.shape != parameter.shape:
                yield f"{name}: {entry} has shape {tuple(value.shape)}, but the weight {tuple(parameter.shape)}"
