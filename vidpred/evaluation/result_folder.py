"""Writes RUN/eval/<label>: completely or not at all, and never outside the run's folder."""

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


def write_result(run: Path, result: Result, draw: Callable[[Path], None]) -> Path:
    """Write a result and its pictures, which `draw` draws into a folder, and return the folder.

    An older result of the same label is replaced. Raises VidpredError if the folder cannot be written, or if it would
    lie outside the run's.
    """
    parent = RunFolder(run).evaluations
    final = parent / result.label
    if not parent.resolve().is_relative_to(run.resolve()) or final.parent != parent:
        raise VidpredError(f"{parent}: leads out of the run's folder; remove that link, and try again")
    try:
        parent.mkdir(exist_ok=True)
        with atomic_folder(final) as temporary:
            text = json.dumps(result.record(), indent=2, allow_nan=False) + "\n"
            (temporary / RESULT).write_text(text, encoding="utf-8")
            _write_table(temporary / RESULT_PER_FRAME, result.per_frame())
            _write_table(temporary / RESULT_PER_CLIP, result.per_clip())
            draw(temporary)
    except OSError as error:
        reason = error.strerror or error
        raise VidpredError(
            f"{error.filename or final}: cannot be written: {reason}; make room, or make {run} writable"
        ) from error
    return final


def _write_table(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
