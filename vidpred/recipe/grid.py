"""Several runs in one recipe: every combination of the values along its `matrix` axes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from vidpred.errors import RecipeError
from vidpred.recipe.loading import Document, merge_fields

SEED = "seed"
_MOST = 1000  # runs
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")


@dataclass(frozen=True)
class Cell:
    """One combination. `labels` are its values along the axes, the seed apart; runs of one cell differ in nothing but the seed."""

    labels: tuple[str, ...]
    document: Document

    @property
    def name(self) -> str:
        return "_".join(self.labels)


def expand_matrix(document: Document) -> list[Cell]:
    """All combinations, the seeds innermost. Raises RecipeError where the matrix is not one.

    An axis is a list of values of the field that it is called for (`seed: [1, 2, 3]`, `sequence.future: [8, 16]`), or has a
    name of its own, with a mapping of labels to the fields that each changes.
    """
    problems = list(_problems(document.matrix))
    if problems:
        raise RecipeError(document.source, problems)
    axes = sorted(document.matrix, key=lambda name: name == SEED)
    choices = product(*(list(_values(name, document.matrix[name])) for name in axes))
    made = [_cell(document, dict(zip(axes, choice, strict=True))) for choice in choices]
    if len({(cell.name, str(cell.document.fields.get(SEED))) for cell in made}) < len(made):
        raise RecipeError(
            document.source, ["matrix: two combinations have one name, as labels are joined by _; call them otherwise"]
        )
    return made


def _cell(document: Document, choice: Mapping[str, tuple[str, dict[str, Any]]]) -> Cell:
    fields = document.fields
    for _, change in choice.values():
        fields = merge_fields(fields, change)
    return Cell(tuple(label for name, (label, _) in choice.items() if name != SEED), Document(document.source, fields))


def _values(name: str, axis: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The labels along an axis, and the fields that each changes."""
    if isinstance(axis, Mapping):
        yield from axis.items()
        return
    *parents, last = name.split(".")
    for value in axis:
        change: dict[str, Any] = {last: value}
        for key in reversed(parents):
            change = {key: change}
        yield f"{last}{value}", change


def _is_label(name: str, value: Any) -> bool:
    return isinstance(value, str | int | float) and _LABEL.fullmatch(f"{name.rpartition('.')[2]}{value}") is not None


def _problems(matrix: Mapping[str, Any]) -> Iterator[str]:
    count = 1
    for name, axis in matrix.items():
        if isinstance(axis, Mapping) and axis and all(isinstance(change, dict) for change in axis.values()):
            yield from (
                f"matrix.{name}.{label}: a label is letters, digits, . _ -"
                for label in axis
                if not _LABEL.fullmatch(label)
            )
        elif not (isinstance(axis, list) and axis and all(_is_label(name, value) for value in axis)):
            yield (
                f"matrix.{name}: an axis is a list of values of the field {name}, as in seed: [1, 2, 3], or a mapping of labels to the "
                "fields that each changes"
            )
        elif len(set(map(str, axis))) < len(axis):
            yield f"matrix.{name}: a value stands here twice"
        count *= len(axis) if isinstance(axis, list | dict) else 1
    if isinstance(matrix.get(SEED), dict):
        yield f"matrix.{SEED}: give a list of numbers"
    if count > _MOST:
        yield f"matrix: has {count:,} runs, and {_MOST:,} is the most"
