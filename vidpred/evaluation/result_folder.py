"""RUN/eval/<label>: written whole or not at all, and nowhere else."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from vidpred.errors import VidpredError
from vidpred.evaluation.result import Result
from vidpred.io.atomic import atomic_folder
from vidpred.runs.layout import RESULT, RESULT_PER_CLIP, RESULT_PER_FRAME, RunFolder


def written(run: Path, result: Result, draw: Callable[[Path], None]) -> Path:
    """Write a result, and `draw` its pictures, into a folder that gets its name at the end; one that had it before is replaced.
    Raises VidpredError where that cannot be, or would lead out of the run's folder."""
    parent = RunFolder(run).evaluations
    final = parent / result.label
    if not parent.resolve().is_relative_to(run.resolve()) or final.parent != parent:
        raise VidpredError(f"{parent}: leads out of the run's folder; remove that link, and try again")
    try:
        parent.mkdir(exist_ok=True)
        with atomic_folder(final) as temporary:
            text = json.dumps(result.record(), indent=2, allow_nan=False) + "\n"
            (temporary / RESULT).write_text(text, encoding="utf-8")
            _table(temporary / RESULT_PER_FRAME, result.per_frame())
            _table(temporary / RESULT_PER_CLIP, result.per_clip())
            draw(temporary)
    except OSError as error:
        raise VidpredError(
            f"{error.filename or final}: cannot be written: {error.strerror or error}; make room, or make {run} writable"
        ) from error
    return final


def _table(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
