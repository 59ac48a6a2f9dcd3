"""Read the runs that are compared from their folders. No torch here."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from vidpred.errors import VidpredError
from vidpred.io.atomic import link_target
from vidpred.io.files import open_regular_file
from vidpred.runs.catalog import RunStatus, State, find_runs
from vidpred.runs.history import History
from vidpred.runs.layout import LAST, WEIGHTS, RunFolder
from vidpred.runs.provenance import Environment

_MAX_HEADER_BYTES = 1 << 24  # of a weights file
_BUFFERS = re.compile(r"(.*\.)?(running_mean|running_var|num_batches_tracked)")


@dataclass(frozen=True)
class ComparedRun:
    """One run: its resolved recipe, and the history of its finished epochs."""

    folder: Path
    state: State
    epochs: int
    recipe: Mapping[str, Any]
    history: History

    @property
    def seed(self) -> Any:
        return self.recipe.get("seed")

    @property
    def is_finished(self) -> bool:
        return self.state == "finished"

    @property
    def seconds(self) -> float:
        """The time of training and validation, over all epochs."""
        times = [finite_number(record, "seconds") for record in self.history]
        return sum(time for time in times if time is not None)

    @cached_property
    def environment(self) -> Environment:
        return RunFolder(self.folder).read_provenance()

    @cached_property
    def parameters(self) -> int | None:
        """The number of trained parameters: as recorded, or counted in the last weights (no BatchNorm buffers)."""
        recorded = self.environment.get("parameters")
        if isinstance(recorded, int):
            return recorded
        last = link_target(RunFolder(self.folder).checkpoints / LAST)
        return _count_parameters(last / WEIGHTS) if last else None


def read_runs(paths: Iterable[Path]) -> tuple[list[ComparedRun], list[str]]:
    """Read the runs at and below these folders, each once, in order.

    Return them with a note about each that is left out. Raises VidpredError if a folder does not exist, or if no run
    can be read.
    """
    runs: list[ComparedRun] = []
    notes: list[str] = []
    known: set[Path] = set()
    for path in paths:
        if path.is_file():
            raise VidpredError(f"{path}: is a file; give a run folder (runs/<name>/<date-time>), or a folder of runs")
        statuses = list(find_runs(path))
        if not statuses:
            notes.append(f"no runs in {path}")
        for status in statuses:
            folder = status.folder.resolve()
            if folder not in known:
                known.add(folder)
                try:
                    runs.append(_read_run(status))
                except VidpredError as error:
                    notes.append(f"left out: {error}")
    if not runs:
        raise VidpredError("\n  ".join(["there is nothing to compare", *notes]))
    return runs, notes


def finite_number(record: Any, *keys: str) -> float | None:
    """Return the number under these keys of nested mappings; None if it is missing, not finite or no number."""
    for key in keys:
        record = record.get(key) if isinstance(record, Mapping) else None
    is_number = isinstance(record, int | float) and not isinstance(record, bool)
    return record if is_number and math.isfinite(record) else None


def _read_run(status: RunStatus) -> ComparedRun:
    if status.state == "broken":
        raise VidpredError(f"{status.folder}: is broken: {status.problem}")
    history = RunFolder(status.folder).read_history()
    return ComparedRun(status.folder, status.state, status.epochs, status.recipe, history)


def _count_parameters(weights: Path) -> int | None:
    """Count the numbers in a safetensors file by its header: its length in 8 bytes, then JSON."""
    try:
        with open_regular_file(weights) as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(length, _MAX_HEADER_BYTES)))
        return sum(_parameter_sizes(header))
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None


def _parameter_sizes(header: Mapping[str, Any]) -> Iterator[int]:
    for name, tensor in header.items():
        if name != "__metadata__" and not _BUFFERS.fullmatch(name):
            yield math.prod(tensor["shape"])
