"""Validation reports all problems at once; a resolved recipe is stable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from vidpred.errors import RecipeError
from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import Document
from vidpred.recipe.validation import validate_recipe


def test_a_resolved_recipe_reads_back_as_itself(vidpred: Callable[..., Any], tmp_path: Path) -> None:
    shown = vidpred("show", "bair_cyclical", "--set", "annealer.cycles=7").output
    (tmp_path / "again.yaml").write_text(shown)
    assert yaml.safe_load(shown)["annealer"]["cycles"] == 7
    assert vidpred("show", tmp_path / "again.yaml").output == shown


def test_all_problems_are_reported_at_once() -> None:
    fields = {
        "name": "x",
        "data": "bair_robot",
        "annealer": {"name": "cyclical", "perod": 3},
        "model": {"encoder": "vg64"},
        "train": {"epochs": 0},
    }
    with pytest.raises(RecipeError) as caught:
        validate_recipe(Document("mine.yaml", fields), discover().registry)
    text = str(caught.value)
    assert text.startswith("mine.yaml: ")
    for part in (
        "annealer.perod: cyclical has no such setting; did you mean 'period'?",
        "model.encoder.name: unknown encoder 'vg64'; did you mean 'vgg64'?",
        "model.decoder: is missing",
        "train.epochs: ",
    ):
        assert part in text, text
