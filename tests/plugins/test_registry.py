"""The registry: names that two plugins claim, classes of the wrong kind, names of kinds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.test_discovery import plugin_file
from vidpred.contracts.base import KINDS
from vidpred.errors import PluginError
from vidpred.plugins.discovery import discover
from vidpred.plugins.registry import find_kind


def test_two_plugins_with_the_same_name_are_both_named(tmp_path: Path) -> None:
    files = [plugin_file(tmp_path / f"{name}.py") for name in ("first", "second")]
    registry = discover(files).registry
    with pytest.raises(PluginError, match="'first' and 'second'"):
        registry.entry("annealer", "quarter")
    assert registry.entry("annealer", "cyclical").plugin == "vidpred"


def test_a_class_must_belong_to_its_kind(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import vidpred\nclass X:\n    name = 'x'\n@vidpred.hookimpl\ndef vidpred_register(add):\n"
        "    add('annealer', 'x', X)\n    add('annealer', 'gone', 'no.such.module:Y')\n    add('forcing', 'y', Other)\n"
        "class Other(vidpred.Forcing):\n    name = 'z'\n"
    )
    registry = discover([wrong]).registry
    for kind, name, reason in (
        ("annealer", "x", "must be a subclass of vidpred.Annealer"),
        ("annealer", "gone", "ModuleNotFoundError"),
        ("forcing", "y", "its class says name = 'z'"),
    ):
        with pytest.raises(PluginError, match=reason):
            registry.entry(kind, name).load()


def test_kinds_have_singular_and_plural_names() -> None:
    for kind in KINDS.values():
        assert find_kind(kind.name) == find_kind(kind.plural) == kind


def test_every_built_in_component_can_be_listed_and_described(vidpred: Callable[..., Any]) -> None:
    for entry in discover().registry.entries():
        assert entry.summary
        described = vidpred("list", entry.kind, entry.name)
        assert described.code == 0 and entry.name in described.output
        as_json = json.loads(vidpred("list", entry.kind, entry.name, "--json").output)
        assert all(setting["description"] for setting in as_json["settings"])
