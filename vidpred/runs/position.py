"""The position of a run, which is also the name of its checkpoint there. No torch here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_NAME = re.compile(r"epoch_(\d{4,9})(?:_step_(\d{6,12}))?")


class Position(NamedTuple):
    """How far a run has come: finished epochs, and attempted optimizer steps of the epoch after them."""

    epoch: int
    step: int = 0

    @property
    def name(self) -> str:
        """The folder of its checkpoint: epoch_0007 after epoch 7, epoch_0007_step_000123 in the middle of it."""
        return f"epoch_{self.epoch:04d}_step_{self.step:06d}" if self.step else f"epoch_{self.epoch - 1:04d}"


def parse_position(name: str) -> Position | None:
    """Return the position that a checkpoint's folder is named for; None if it is not such a name."""
    match = _NAME.fullmatch(name)
    if not match:
        return None
    epoch, step = int(match[1]), int(match[2] or 0)
    return Position(epoch, step) if step else Position(epoch + 1)


def list_checkpoints(folder: Path) -> list[tuple[Position, Path]]:
    """List the checkpoints in this folder, newest first, intact or damaged; empty if there is no such folder."""
    checkpoints: list[tuple[Position, Path]] = []
    for path in folder.iterdir() if folder.is_dir() else ():
        position = parse_position(path.name)
        if position and path.is_dir():
            checkpoints.append((position, path))
    return sorted(checkpoints, reverse=True)
