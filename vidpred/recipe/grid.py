"""Several runs in one recipe: every combination of the values along the axes of its `matrix`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from vidpred.errors import RecipeError
from vidpred.recipe.loading import Document, merge_fields

SEED = "seed"
_MOST_RUNS = 1000
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")


@dataclass(frozen=True)
class Cell:
    """One combination. `labels` are its values along the axes except the seed; equal labels are repeats."""

    labels: tuple[str, ...]
    document: Document

    @property
    def name(self) -> str:
        return "_".join(self.labels)


def expand_matrix(document: Document) -> list[Cell]:
    """Return all combinations, with the seeds innermost. Raises RecipeError if the matrix is invalid.

    An axis is a list of values of the field that it is named after (`seed: [1, 2, 3]`, `sequence.future: [8, 16]`), or
    has any name and maps labels to the fields that each changes.
    """
    problems = list(_problems(document.matrix))
    if problems:
        raise RecipeError(document.source, problems)
    axes = sorted(document.matrix, key=lambda name: name == SEED)
    choices = product(*(list(_values(name, document.matrix[name])) for name in axes))
    cells = [_cell(document, dict(zip(axes, choice, strict=True))) for choice in choices]
    if len({(cell.name, str(cell.document.fields.get(SEED))) for cell in cells}) < len(cells):
        raise RecipeError(
            document.source, ["matrix: two combinations have the same name, as labels are joined by _; rename a label"]
        )
    return cells


def _cell(document: Document, choice: Mapping[str, tuple[str, dict[str, Any]]]) -> Cell:
    fields = document.fields
    for _, change in choice.values():
        fields = merge_fields(fields, change)
    labels = tuple(label for axis, (label, _) in choice.items() if axis != SEED)
    return Cell(labels, Document(document.source, fields))


def _values(name: str, axis: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the labels along an axis, with the fields that each changes."""
    if isinstance(axis, Mapping):
        yield from axis.items()
        return
    *parents, last = name.split(".")
    for value in axis:
        change: dict[str, Any] = {last: value}
        for key in reversed(parents):
            change = {key: change}
        yield f"{last}{value}", change


def _problems(matrix: Mapping[str, Any]) -> Iterator[str]:
    runs = 1
    for name, axis in matrix.items():
        yield from _axis_problems(name, axis)
        runs *= len(axis) if isinstance(axis, list | dict) else 1
    if isinstance(matrix.get(SEED), dict):
        yield f"matrix.{SEED}: give a list of numbers"
    if runs > _MOST_RUNS:
        yield f"matrix: has {runs:,} runs, and {_MOST_RUNS:,} is the most"


def _axis_problems(name: str, axis: Any) -> Iterator[str]:
    if isinstance(axis, Mapping) and axis and all(isinstance(change, dict) for change in axis.values()):
        for label in axis:
            if not _LABEL.fullmatch(label):
                yield f"matrix.{name}.{label}: a label is letters, digits, . _ -"
    elif not (isinstance(axis, list) and axis and all(_is_label(name, value) for value in axis)):
        yield (
            f"matrix.{name}: an axis is a list of values of the field {name}, as in seed: [1, 2, 3], or a mapping of "
            "labels to the fields that each changes"
        )
    elif len(set(map(str, axis))) < len(axis):
        yield f"matrix.{name}: a value is listed twice"


def _is_label(name: str, value: Any) -> bool:
    return isinstance(value, str | int | float) and _LABEL.fullmatch(f"{name.rpartition('.')[2]}{value}") is not None
