"""Several runs in one recipe: which combinations a matrix has."""

from __future__ import annotations

from typing import Any

import pytest

from vidpred.errors import RecipeError
from vidpred.recipe.grid import expand_matrix
from vidpred.recipe.loading import Document


def test_every_combination_once_with_the_seeds_innermost() -> None:
    matrix = {"seed": [3, 4], "how": {"a": {"annealer": "none"}, "b": {}}, "sequence.future": [2, 3]}
    fields = {"name": "r", "annealer": {"name": "cyclical", "cycles": 2}, "sequence": {"past": 1}}
    combinations = expand_matrix(Document("r", fields, matrix))
    assert [(cell.name, cell.document.fields["seed"]) for cell in combinations] == [
        (f"{how}_future{future}", seed) for how in "ab" for future in (2, 3) for seed in (3, 4)
    ]
    assert combinations[0].document.fields == {
        "name": "r",
        "annealer": {"name": "none"},
        "sequence": {"past": 1, "future": 2},
        "seed": 3,
    }
    assert combinations[-1].document.fields["annealer"] == {"name": "cyclical", "cycles": 2}


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ({"seed": 3}, "matrix.seed: an axis is a list of values of the field seed"),
        ({"seed": []}, "matrix.seed: an axis is a list"),
        ({"seed": [1, 1]}, "matrix.seed: a value is listed twice"),
        ({"seed": {"a": {}}}, "matrix.seed: give a list of numbers"),
        ({"x": {"../up": {}}}, "matrix.x.../up: a label is letters, digits"),
        ({"x": {"a": 3}}, "matrix.x: an axis is"),
        ({"x": ["a/b"]}, "matrix.x: an axis is"),
        ({"sample./tmp/evil": [1]}, "matrix.sample./tmp/evil: an axis is"),
        ({"x": {"a": {}, "a_b": {}}, "y": {"b_c": {}, "c": {}}}, "two combinations have the same name"),
        ({"x": [[1]]}, "matrix.x: an axis is"),
        ({"a": list(range(40)), "b": list(range(40))}, "1,600 runs"),
    ],
)
def test_invalid_matrices_are_refused(matrix: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match="problem") as refused:
        expand_matrix(Document("r", {}, matrix))
    assert message in str(refused.value)
