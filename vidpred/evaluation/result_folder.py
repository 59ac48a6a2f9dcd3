"""RUN/eval/<label>: written whole or not at all, and nowhere else."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from vidpred.errors import VidpredError
from vidpred.evaluation.result import Result
from vidpred.evaluation.result_schema import FOLDER, NAME, PER_FRAME


def written(run: Path, result: Result, draw: Callable[[Path], None]) -> Path:
    """Write a result, and `draw` its pictures, into a folder that gets its name at the end; one that had it before is replaced.
    Raises VidpredError where that cannot be, or would lead out of the run's folder."""
    parent = run / FOLDER
    final = parent / result.label
    if not parent.resolve().is_relative_to(run.resolve()) or final.parent != parent:
        raise VidpredError(f"{parent}: leads out of the run's folder; remove that link, and try again")
    try:
        parent.mkdir(exist_ok=True)
        fresh = parent / f".{result.label}.{os.getpid()}"
        shutil.rmtree(fresh, ignore_errors=True)  # of a killed process that had this number
        fresh.mkdir()
        try:
            (fresh / NAME).write_text(json.dumps(result.record(), indent=2, allow_nan=False) + "\n", encoding="utf-8")
            _table(fresh / PER_FRAME, result.per_frame())
            _table(fresh / "per_clip.csv", result.per_clip())
            draw(fresh)
            _take_place(fresh, final)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise VidpredError(
            f"{error.filename or final}: cannot be written: {error.strerror or error}; make room, or make {run} writable"
        ) from error
    return final


def _take_place(fresh: Path, final: Path) -> None:
    """Give the folder its name. A folder cannot replace another: the old one steps aside first, and comes back if that fails."""
    aside = fresh.with_name(fresh.name + ".old")
    if final.exists() or final.is_symlink():
        final.rename(aside)
    try:
        fresh.rename(final)
    except OSError:
        if aside.exists():
            aside.rename(final)
        raise
    if aside.is_symlink():
        aside.unlink()
    else:
        shutil.rmtree(aside, ignore_errors=True)


def _table(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
