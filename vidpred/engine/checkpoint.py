"""Checkpoints: one immutable folder for each saved epoch, and links to the last and the best of them."""
from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from vidpred.errors import VidpredError, did_you_mean

WEIGHTS, STATE = "weights.safetensors", "state.pt"
_PROBLEMS_SHOWN = 5


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of one run. `best` maps validation figures to whether higher is better."""

    folder: Path
    every: int | None
    keep: int
    best: Mapping[str, bool]

    def save(self, model: nn.Module, state: Mapping[str, Any], metadata: Mapping[str, str], history: Sequence[Mapping[str, Any]]) -> Path:
        """Write the epoch that the history ends with, point `last` and `best_*` to it, and delete what nobody needs.

        The folder is complete from the moment on that it has its name: it is written under another, then renamed.
        """
        epoch = history[-1]["epoch"]
        final = self.folder / f"epoch_{epoch:04d}"
        temporary = self.folder / f".epoch_{epoch:04d}.{os.getpid()}"
        temporary.mkdir()
        weights = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
        save_file(weights, temporary / WEIGHTS, dict(metadata))
        torch.save(dict(state), temporary / STATE)
        temporary.rename(final)
        self._point("last", final)
        for figure, higher in self.best.items():
            if best_epoch(history, figure, higher) == epoch:
                self._point(f"best_{figure}", final)
        self._tidy(epoch)
        return final

    def _point(self, name: str, target: Path) -> None:
        fresh = self.folder / f".{name}.{os.getpid()}"
        fresh.symlink_to(target.name)
        fresh.replace(self.folder / name)

    def _tidy(self, epoch: int) -> None:
        """Delete the checkpoints that no link points to and that `every` and `keep` do not hold."""
        kept = {link.resolve().name for link in self.folder.iterdir() if link.is_symlink()}
        if self.every:
            newest = [e for e in range(epoch, -1, -1) if (e + 1) % self.every == 0][:self.keep]
            kept |= {f"epoch_{e:04d}" for e in newest}
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink() and path.name not in kept:
                shutil.rmtree(path)


def best_epoch(history: Sequence[Mapping[str, Any]], figure: str, higher: bool) -> int | None:
    """The first epoch with the best validation figure; None where none was validated."""
    found = [(record["validate"][figure], record["epoch"]) for record in history
             if record["validate"] and record["validate"].get(figure) is not None]
    if not found:
        return None
    best = (max if higher else min)(value for value, _ in found)
    return int(next(epoch for value, epoch in found if value == best))


def find_checkpoint(run: Path, name: str = "last") -> Path:
    """The folder of a run's checkpoint: last, best_psnr, epoch_0007, …. Raises VidpredError with those that there are."""
    folder = run / "checkpoints"
    if not folder.is_dir():
        newest = sorted(path.parent for path in run.glob("*/checkpoints"))[-1:]
        hint = f"; did you mean {newest[0]}?" if newest else ""
        raise VidpredError(f"{run} is not a run folder: it has no checkpoints folder{hint}")
    known = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    if name not in known:
        raise VidpredError(f"{run} has no checkpoint {name!r}{did_you_mean(name, known) or ';'} it has: {', '.join(known) or 'none'}")
    return folder / name


def find_weights(path: str | Path) -> Path:
    """The checkpoint to begin another run with: a checkpoint's folder itself, a run's best_psnr (or its last), or the same
    of the newest run in the folder of a recipe's runs. Raises VidpredError."""
    folder = Path(path)
    if (folder / WEIGHTS).is_file():
        return folder
    if not folder.is_dir():
        raise VidpredError(f"no folder {folder}; run what it should hold first, or give a run's folder, or one of its checkpoints")
    runs = sorted((last.parents[1] for last in folder.glob("*/checkpoints/last")), key=lambda run: _number(run.name))
    run = folder if (folder / "checkpoints").is_dir() or not runs else runs[-1]
    return find_checkpoint(run, "best_psnr" if (run / "checkpoints" / "best_psnr").exists() else "last")


def _number(name: str) -> tuple[str, int]:
    """A sorting key for the names of runs, of which those that start in the same second are numbered."""
    when, _, number = name.rpartition("_") if name.count("_") > 1 else (name, "", "")
    return (when, int(number)) if number.isdecimal() else (name, 1)


def load_weights(model: nn.Module, checkpoint: Path) -> dict[str, str]:
    """Load weights strictly, and give their metadata. Raises VidpredError, naming entries that are missing, left over or
    of another shape."""
    path = checkpoint / WEIGHTS
    try:
        with safe_open(path, "pt") as file:
            metadata = dict(file.metadata() or {})
            weights: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}   # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise VidpredError(f"{path}: cannot be read: {error}") from error
    own = model.state_dict()
    problems = [f"missing: {name}" for name in own.keys() - weights.keys()]
    problems += [f"left over: {name}" for name in weights.keys() - own.keys()]
    problems += [f"{name}: shape {tuple(weights[name].shape)}, but the model has {tuple(own[name].shape)}"
                 for name in own.keys() & weights.keys() if own[name].shape != weights[name].shape]
    if problems:
        more = [f"… and {len(problems) - _PROBLEMS_SHOWN} more"] if len(problems) > _PROBLEMS_SHOWN else []
        raise VidpredError("\n  ".join([f"{path}: these weights do not fit the model; its parts and their sizes must be those of the recipe that "
                                        "they were trained with", *sorted(problems)[:_PROBLEMS_SHOWN], *more]))
    model.load_state_dict(weights)
    return metadata
