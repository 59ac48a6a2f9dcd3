"""Which checkpoints of a run stay, and which are deleted. No torch here.

Kept are: the newest (link `last`), the one before it (`previous`, in case the disk damages the newest), the best one by
each metric of `save.best` (`best_psnr`, …), and the newest `save.keep` of those at multiples of `save.every` epochs.
Everything else is deleted after each save. When a run is rewound to a checkpoint, the later ones are deleted.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vidpred.io.atomic import link_target, link_to
from vidpred.runs.history import History, best_epoch
from vidpred.runs.layout import BEST, LAST, PREVIOUS
from vidpred.runs.position import Position, list_checkpoints, parse_position

# What a killed process was about to rename.
_PARTIAL = re.compile(r"\.(?:epoch_[\w]+|last|previous|best_\w+)\.\d+")


@dataclass(frozen=True, kw_only=True)
class Retention:
    """The rule that a recipe's `save` section sets. `best` maps validation metrics to whether higher is better."""

    every: int | None
    keep: int
    best: Mapping[str, bool]


def update_links(folder: Path, newest: Path, history: History, retention: Retention) -> None:
    """After a save: point `last` to the newest checkpoint, `previous` to the one before, `best_*` to the best."""
    before = link_target(folder / LAST)
    if before and before != newest:
        link_to(folder / PREVIOUS, before.name)
    link_to(folder / LAST, newest.name)
    for metric, higher_is_better in retention.best.items():
        epoch = best_epoch(history, metric, higher_is_better)
        if epoch is not None and Position(epoch + 1).name == newest.name:
            link_to(folder / f"{BEST}{metric}", newest.name)


def delete_unneeded(folder: Path, finished_epochs: int, retention: Retention) -> None:
    """After a save: delete the checkpoints that no link points to and that `every` and `keep` do not retain."""
    needed = {target.name for target in _link_targets(folder)} | _regular(finished_epochs, retention)
    for _, path in list_checkpoints(folder):
        if path.name not in needed:
            with suppress(OSError):  # a checkpoint too many costs disk space and nothing else
                shutil.rmtree(path)


def rewind(folder: Path, position: Position, history: History, retention: Retention) -> None:
    """Before a run resumes from `position`: delete later and partially written checkpoints, and correct the links."""
    for path in folder.iterdir():
        is_partial = bool(_PARTIAL.fullmatch(path.name))
        is_later = (parse_position(path.name) or Position(0)) > position
        if path.is_dir() and not path.is_symlink() and (is_later or is_partial):
            shutil.rmtree(path)
        elif is_partial:
            path.unlink()
    saved = [record for record in history if (folder / Position(record["epoch"] + 1).name).is_dir()]
    for metric, higher_is_better in retention.best.items():
        epoch = best_epoch(saved, metric, higher_is_better)
        if epoch is None:
            (folder / f"{BEST}{metric}").unlink(missing_ok=True)
        else:
            link_to(folder / f"{BEST}{metric}", Position(epoch + 1).name)
    link_to(folder / LAST, position.name)
    if link_target(folder / PREVIOUS) is None:
        (folder / PREVIOUS).unlink(missing_ok=True)


def _link_targets(folder: Path) -> list[Path]:
    visible = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return [target for path in visible if (target := link_target(path))]


def _regular(finished_epochs: int, retention: Retention) -> set[str]:
    """Return the names of the newest `keep` checkpoints at multiples of `every` epochs."""
    if not retention.every:
        return set()
    newest = finished_epochs - finished_epochs % retention.every
    epochs = range(newest, 0, -retention.every)[: retention.keep]
    return {Position(epoch).name for epoch in epochs}
