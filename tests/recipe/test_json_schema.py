"""The JSON schema accepts the shipped recipes and rejects wrong ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import yaml

from vidpred.recipe.loading import shipped_recipes


def test_the_schema_has_all_components_and_accepts_the_shipped_recipes(vidpred: Callable[..., Any]) -> None:
    schema = json.loads(vidpred("schema").output)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in shipped_recipes().values():
        assert not list(validator.iter_errors(yaml.safe_load(path.read_text()))), path
    for wrong in (
        {"annealer": "cyclicle"},
        {"annealer": {"name": "cyclical", "cycels": 3}},
        {"train": {"epochs": 0}},
        {"trian": {}},
        {"model": {"encoder": {"name": "lstm"}}},
        {"validate": {"metrics": ["nonsense"]}},
    ):
        assert list(validator.iter_errors(wrong)), wrong
