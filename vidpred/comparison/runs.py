"""The runs that are compared: what their folders say."""

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
from vidpred.runs.catalog import RunStatus, State, find_runs
from vidpred.runs.history import History
from vidpred.runs.layout import LAST, WEIGHTS, RunFolder

_LARGEST = 1 << 24  # bytes of the header of weights
_BUFFERS = re.compile(r"(.*\.)?(running_mean|running_var|num_batches_tracked)")


@dataclass(frozen=True)
class Entry:
    """A run. `recipe` is the resolved one; `history` the records of its finished epochs."""

    folder: Path
    state: State
    epochs: int
    recipe: Mapping[str, Any]
    history: History

    @property
    def seed(self) -> Any:
        return self.recipe.get("seed")

    @property
    def seconds(self) -> float:
        """Of training and validation, all epochs together."""
        return sum(value for record in self.history if (value := figure(record, "seconds")) is not None)

    @cached_property
    def environment(self) -> Mapping[str, Any]:
        return RunFolder(self.folder).read_provenance()

    @cached_property
    def parameters(self) -> int | None:
        """How many numbers are trained: as the run has recorded it, else of the last weights whatever is no buffer of a BatchNorm."""
        recorded = self.environment.get("parameters")
        if isinstance(recorded, int):
            return recorded
        last = link_target(RunFolder(self.folder).checkpoints / LAST)
        return _counted(last / WEIGHTS) if last else None


def gathered(places: Iterable[Path]) -> tuple[list[Entry], list[str]]:
    """The runs that these folders are or hold, each once, in their order; and what to say of those that are left out. Raises
    VidpredError where there is no such folder, or not one run that can be read."""
    entries, notes, seen = list[Entry](), list[str](), set[Path]()
    for place in places:
        if place.is_file():
            raise VidpredError(
                f"{place}: is a file; name a run's folder (runs/<name>/<date-time>), or a folder of runs"
            )
        found = list(find_runs(place))
        if not found:
            notes.append(f"no runs in {place}")
        for one in found:
            if (folder := one.folder.resolve()) in seen:
                continue
            seen.add(folder)
            try:
                entries.append(_entry(one))
            except VidpredError as error:
                notes.append(f"left out: {error}")
    if not entries:
        raise VidpredError("\n  ".join(["there is nothing to compare", *notes]))
    return entries, notes


def _entry(run: RunStatus) -> Entry:
    if run.state == "broken":
        raise VidpredError(f"{run.folder}: is broken: {run.problem}")
    return Entry(run.folder, run.state, run.epochs, run.recipe, RunFolder(run.folder).read_history())


def figure(record: Any, *keys: str) -> float | None:
    """A finite number in a record; None where there is none."""
    for key in keys:
        record = record.get(key) if isinstance(record, Mapping) else None
    return (
        record if isinstance(record, int | float) and not isinstance(record, bool) and math.isfinite(record) else None
    )


def _counted(weights: Path) -> int | None:
    """The numbers in a safetensors file by its header: 8 bytes that say its length, then JSON."""
    try:
        with weights.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(length, _LARGEST)))
        return sum(_sizes(header))
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None


def _sizes(header: Mapping[str, Any]) -> Iterator[int]:
    for name, about in header.items():
        if name != "__metadata__" and not _BUFFERS.fullmatch(name):
            yield math.prod(about["shape"])
