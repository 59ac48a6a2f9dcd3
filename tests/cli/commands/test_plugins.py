"""`vidpred plugins list`: a row for each plugin, with what it registers or what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.plugin_files import write_forcing_plugin


def test_plugins_are_listed_with_their_components(tmp_path: Path, vidpred: Callable[..., Any]) -> None:
    plugin = write_forcing_plugin(tmp_path)
    (tmp_path / "broken.py").write_text("raise RuntimeError('no luck')")
    files = ("--plugin", plugin, "--plugin", tmp_path / "broken.py")
    shown = vidpred("plugins", "list", *files)
    assert shown.code == 0
    assert "forcing mine" in shown.output and "broken: " in shown.output and "no luck" in shown.output
    records = {record["source"]: record for record in json.loads(vidpred("plugins", "list", "--json", *files).output)}
    assert records[str(plugin)]["components"] == [{"kind": "forcing", "name": "mine"}]
    assert records[str(plugin)]["error"] is None and "no luck" in records[str(tmp_path / "broken.py")]["error"]
