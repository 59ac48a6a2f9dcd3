"""`vidpred list`: defaults of settings as YAML writes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def test_one_and_zero_are_not_shown_as_truth_values(vidpred: Callable[..., Any]) -> None:
    output = vidpred("list", "core", "gaussian_lstm").output
    assert "  1 " in output and "true" not in output
    settings = json.loads(vidpred("list", "forcing", "linear_decay", "--json").output)["settings"]
    assert {setting["name"]: setting["default"] for setting in settings}["from_epoch"] == "0"
