"""`vidpred runs`: its table, its JSON, and folders without runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_a_finished_run_is_listed(run: Path, vidpred: Callable[..., Any]) -> None:
    heading, columns, row = vidpred("runs", run).output.splitlines()
    assert heading == f"runs in {run}" and columns.split() == ["run", "state", "epoch", "best"]
    assert row.startswith(f"{run}  finished  2/2 ") and " at epoch_" in row
    (record,) = json.loads(vidpred("runs", run, "--json").output)
    assert (record["name"], record["state"], record["epoch"], record["epochs"]) == ("tiny", "finished", 2, 2)
    assert set(record["best"]) == {"loss", "psnr"} and record["why"] == ""


def test_an_empty_and_a_missing_folder(tmp_path: Path, vidpred: Callable[..., Any]) -> None:
    assert vidpred("runs", tmp_path).output == f"no runs in {tmp_path}\n"
    outcome = vidpred("runs", tmp_path / "nowhere")
    assert outcome.code == 2 and f"no folder {tmp_path}/nowhere" in outcome.errors
