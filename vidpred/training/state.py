"""What a run needs to go on, besides its weights: the optimizer, the scaler, and the running sums of an unfinished epoch.

Nothing else: learning rate, schedules, shuffles, coins and noise follow from the position and the records alone.
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
from vidpred.runs.layout import STATE
from vidpred.training.epoch_stats import EpochStats
from vidpred.training.trainer import Trainer

_PROBLEMS_SHOWN = 5


def packed_state(trainer: Trainer, totals: EpochStats) -> bytes:
    """The state as a file of tensors and plain values."""
    file = io.BytesIO()
    torch.save(
        {"optimizer": trainer.optimizer.state_dict(), "scaler": trainer.scaler.state_dict(), "totals": totals.state()},
        file,
    )
    return file.getvalue()


def restore_state(trainer: Trainer, checkpoint: Path) -> EpochStats:
    """Give the trainer its state back; gives the unfinished epoch's totals. Raises VidpredError, naming what is missing, left
    over or of another shape. Nothing in the file is executed."""
    path = checkpoint / STATE
    state = _plain(path)
    try:
        wrong = list(_misfits(trainer, state["optimizer"]))
        if not wrong:
            trainer.optimizer.load_state_dict(state["optimizer"])
            trainer.scaler.load_state_dict(state["scaler"])
            return EpochStats.of(state["totals"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RuntimeError) as error:
        raise VidpredError(f"{path}: does not hold the state of this run: {type(error).__name__}: {error}") from error
    more = [f"… and {len(wrong) - _PROBLEMS_SHOWN} more"] if len(wrong) > _PROBLEMS_SHOWN else []
    raise VidpredError(
        "\n  ".join([f"{path}: does not fit the model and optimizer of this run", *wrong[:_PROBLEMS_SHOWN], *more])
    )


def _plain(path: Path) -> dict[str, Any]:
    """Tensors and plain values, and nothing else: `weights_only` refuses what would run code."""
    try:
        data = path.read_bytes()
        with zipfile.ZipFile(
            io.BytesIO(data)
        ) as parts:  # as torch writes them, uncompressed: a small file cannot unpack to a large one
            if sum(part.file_size for part in parts.infolist()) > len(data):
                raise ValueError("it is compressed, which vidpred's are not")
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # torch's own parser: anything can come out of it
        reason = str(error).split("\n")[0].split(". ")[0]
        raise VidpredError(
            f"{path}: cannot be read as tensors and plain values: {reason}; use another checkpoint of this run"
        ) from error
    if not isinstance(state, dict):
        raise VidpredError(f"{path}: does not hold the state of a run")
    return state


def _misfits(trainer: Trainer, state: Mapping[str, Any]) -> Iterator[str]:
    """Entries of an optimizer's state that are missing, left over, or of another shape than their weights."""
    parameters = [parameter for group in trainer.optimizer.param_groups for parameter in group["params"]]
    names = {id(parameter): name for name, parameter in trainer.model.named_parameters()}
    saved: Mapping[int, Mapping[str, Any]] = state["state"]
    for place in saved.keys() - set(range(len(parameters))):
        yield f"left over: weight {place!r} of {len(parameters)}"
    entries = {entry for own in saved.values() for entry in own}
    for place, parameter in enumerate(parameters):
        name = names.get(id(parameter), str(place))
        own = saved.get(place, {})
        if own and own.keys() != entries:
            yield f"{name}: missing: {', '.join(sorted(map(str, entries - own.keys())))}"
        for entry, value in own.items():
            if isinstance(value, Tensor) and value.dim() and value.shape != parameter.shape:
                yield f"{name}: {entry} has shape {tuple(value.shape)}, but the weight {tuple(parameter.shape)}"
