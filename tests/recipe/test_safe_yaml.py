"""YAML values: numbers, booleans and text as users expect them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vidpred.recipe.loading import load_recipe


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 0.0001),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("-2.5e+3", -2500.0),
        ("3", 3),
        ("1_000", 1000),
        ("true", True),
        ("no", "no"),
        ("off", "off"),
        ("null", None),
        ("1.2.3", "1.2.3"),
        ("e5", "e5"),
        ("1e", "1e"),
    ],
)
def test_numbers_and_words_are_read_as_users_expect(tmp_path: Path, text: str, value: Any) -> None:
    (tmp_path / "r.yaml").write_text(f"name: {text}\n")
    read = load_recipe(tmp_path / "r.yaml").fields["name"]
    assert read == value and type(read) is type(value)
