"""Checkpoints: one immutable folder for each saved position, and links to the last and the best of them. No torch here."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from vidpred.errors import VidpredError, did_you_mean
from vidpred.io.atomic import atomic_folder, link_target, link_to, sync_folder, write_file
from vidpred.runs.history import History, best_epoch
from vidpred.runs.layout import CHECKPOINTS, LAST, MANIFEST, PREVIOUS, WEIGHTS, not_a_run_folder
from vidpred.runs.manifest import Position, manifest, position_of

_UNFINISHED = re.compile(r"\.(?:epoch_[\w]+|last|previous|best_\w+)\.\d+")  # what a killed process was about to rename


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of one run. `best` maps validation figures to whether higher is better."""

    folder: Path
    every: int | None
    keep: int
    best: Mapping[str, bool]

    def within(self, run: Path) -> Checkpoints:
        """The same, for the run in this folder."""
        return replace(self, folder=run / CHECKPOINTS)

    def save(self, at: Position, files: Mapping[str, bytes], history: History, version: str) -> Path:
        """Write these files, point `last` and `best_*` to them, and delete what nobody needs. Raises OSError where the disk
        does not take them; whatever was saved before stays.

        The folder is complete from the moment on that it has its name: it is written under another, flushed, then renamed.
        """
        final = self.folder / at.name
        with atomic_folder(final) as temporary:
            for name, data in {**files, MANIFEST: manifest(at, files, version)}.items():
                write_file(temporary / name, data)
            sync_folder(temporary)
        sync_folder(self.folder)
        self._point(final, history)
        self._tidy(len(history))
        return final

    def rewind_to(self, at: Position, history: History) -> None:
        """Go on from this position: forget what is later, what is damaged, and what a killed process left half-written."""
        for path in self.folder.iterdir():
            later = (position_of(path.name) or Position(0)) > at
            if path.is_dir() and not path.is_symlink() and (later or _UNFINISHED.fullmatch(path.name)):
                shutil.rmtree(path)
            elif _UNFINISHED.fullmatch(path.name):
                path.unlink()
        there = [record for record in history if (self.folder / Position(record["epoch"] + 1).name).is_dir()]
        for figure, higher in self.best.items():
            best = best_epoch(there, figure, higher)
            if best is None:
                (self.folder / f"best_{figure}").unlink(missing_ok=True)
            else:
                link_to(self.folder / f"best_{figure}", Position(best + 1).name)
        link_to(self.folder / LAST, at.name)
        if link_target(self.folder / PREVIOUS) is None:
            (self.folder / PREVIOUS).unlink(missing_ok=True)

    def newest_first(self) -> list[tuple[Position, Path]]:
        """Every checkpoint there is, whole or damaged."""
        return newest_first(self.folder)

    def _point(self, final: Path, history: History) -> None:
        """`last` is this one; `previous` the one that was: to fall back on, should the disk lose this one."""
        before = link_target(self.folder / LAST)
        if before and before != final:
            link_to(self.folder / PREVIOUS, before.name)
        link_to(self.folder / LAST, final.name)
        for figure, higher in self.best.items():
            best = best_epoch(history, figure, higher)
            if best is not None and Position(best + 1).name == final.name:
                link_to(self.folder / f"best_{figure}", final.name)

    def _tidy(self, finished: int) -> None:
        """Delete the checkpoints that nothing points to and that `every` and `keep` do not hold."""
        kept = {
            target.name
            for path in self.folder.iterdir()
            if not path.name.startswith(".") and (target := link_target(path))
        }
        if self.every:
            kept |= {
                Position(epoch).name
                for epoch in [e for e in range(finished, 0, -1) if e % self.every == 0][: self.keep]
            }
        for _, path in self.newest_first():
            if path.name not in kept:
                with suppress(OSError):  # it costs room, and nothing else
                    shutil.rmtree(path)


def newest_first(folder: Path) -> list[tuple[Position, Path]]:
    """The checkpoints in this folder, whole or damaged, by their positions."""
    found = (
        [(at, path) for path in folder.iterdir() if (at := position_of(path.name)) and path.is_dir()]
        if folder.is_dir()
        else []
    )
    return sorted(found, reverse=True)


def find_checkpoint(run: Path, name: str = LAST) -> Path:
    """A run's checkpoint, by its folder or by the link to it: last, best_psnr, epoch_0007, …. Raises VidpredError with those that
    there are."""
    folder = run / CHECKPOINTS
    if not folder.is_dir():
        raise not_a_run_folder(run, f"{CHECKPOINTS} folder")
    known = dict(sorted(_named(folder)))
    if name not in known:
        raise VidpredError(
            f"{run} has no checkpoint {name!r}{did_you_mean(name, known) or ';'} it has: {', '.join(known) or 'none'}"
        )
    return known[name]


def _named(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.iterdir():
        target = None if path.name.startswith(".") else link_target(path)
        if target or (position_of(path.name) and path.is_dir()):
            yield path.name, path if path.is_dir() else target or path


def find_weights(path: str | Path) -> Path:
    """The checkpoint to begin another run with: a checkpoint's folder itself, a run's best_psnr (or its last), or the same
    of the newest run in the folder of a recipe's runs. Raises VidpredError."""
    folder = Path(path)
    if (folder / WEIGHTS).is_file():
        return folder
    if not folder.is_dir():
        raise VidpredError(
            f"no folder {folder}; run what it should hold first, or give a run's folder, or one of its checkpoints"
        )
    runs = sorted(
        (last.parents[1] for last in folder.glob(f"*/{CHECKPOINTS}/{LAST}")), key=lambda run: _number(run.name)
    )
    run = folder if (folder / CHECKPOINTS).is_dir() or not runs else runs[-1]
    return find_checkpoint(run, "best_psnr" if link_target(run / CHECKPOINTS / "best_psnr") else LAST)


def _number(name: str) -> tuple[str, int]:
    """A sorting key for the names of runs, of which those that start in the same second are numbered."""
    when, _, number = name.rpartition("_") if name.count("_") > 1 else (name, "", "")
    return (when, int(number)) if number.isdecimal() else (name, 1)
