"""`vidpred check`: what it refuses without data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.plugin_files import write_forcing_plugin


def test_settings_must_extend_those_of_their_kind(
    tmp_path: Path, vidpred: Callable[..., Any], write_recipe: Callable[..., Path]
) -> None:
    plugin = write_forcing_plugin(tmp_path, config="Config")
    refused = vidpred("check", write_recipe(forcing="mine"), "--plugin", plugin)
    assert refused.code == 2 and "its nested Config must be a subclass of vidpred.Forcing.Config" in refused.errors


def test_schedules_are_tried(tmp_path: Path, vidpred: Callable[..., Any], write_recipe: Callable[..., Path]) -> None:
    plugin = write_forcing_plugin(tmp_path, ratio="3.5")
    refused = vidpred("check", write_recipe(forcing="mine"), "--plugin", plugin)
    assert refused.code == 2 and "forcing mine gives a ratio of 3.5" in refused.errors
    short = vidpred("check", write_recipe(), "--set", "annealer.cycles=9")
    assert short.code == 2 and "9 cycles do not fit into 4 steps" in short.errors
