"""The recipes that come with vidpred."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import load_recipe, shipped_recipes
from vidpred.recipe.validation import validate_recipe


@pytest.mark.parametrize("name", sorted(shipped_recipes()))
def test_every_shipped_recipe_is_valid_and_has_a_description(name: str, vidpred: Callable[..., Any]) -> None:
    outcome = vidpred("check", name)
    assert outcome.code == 0, outcome.errors
    text = shipped_recipes()[name].read_text()
    assert text.startswith("# ") and "vidpred run" in text and load_recipe(name).fields["name"] == Path(name).name


def test_the_documented_recipes_are_shipped() -> None:
    assert {"bair_base", "bair_cyclical", "bair_monotonic", "bair_none", "bair_learned_prior", "bair_small"} <= set(
        shipped_recipes()
    )


def test_bair_cyclical_is_the_published_setting() -> None:
    recipe = validate_recipe(load_recipe("bair_cyclical"), discover().registry).resolved_fields()
    assert recipe["train"]["epochs"] == 300 and recipe["train"]["batch_size"] == 20
    assert recipe["optimizer"]["name"] == "adam" and recipe["optimizer"]["lr"] == 0.002
    assert (recipe["sequence"]["past"], recipe["sequence"]["future"]) == (2, 10)
    forcing = recipe["forcing"]
    assert (forcing["start"], forcing["from_epoch"], forcing["step"], forcing["floor"]) == (1.0, 30, 0.004, 0.001)
