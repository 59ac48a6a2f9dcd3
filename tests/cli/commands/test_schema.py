"""`vidpred schema` prints the JSON schema of recipes, with the components of plugins."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import vidpred as vp
from tests.plugin_files import write_forcing_plugin


def test_the_schema_is_printed(vidpred: Callable[..., Any]) -> None:
    assert json.loads(vidpred("schema").output) == vp.build_json_schema(vp.discover().registry)


def test_the_schema_has_the_components_of_plugins(tmp_path: Path, vidpred: Callable[..., Any]) -> None:
    plugin = write_forcing_plugin(tmp_path)
    without, with_plugin = (json.loads(vidpred("schema", *options).output) for options in ((), ("--plugin", plugin)))
    names, more_names = (
        {option.get("const") for option in schema["$defs"]["forcing component"]["anyOf"]}
        for schema in (without, with_plugin)
    )
    assert more_names == {*names, "mine"} != names
