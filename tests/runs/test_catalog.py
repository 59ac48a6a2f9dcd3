"""`vidpred runs`: the runs below a folder and their states."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_runs import new_tiny_run, recipe_fields, stop_after, train_step
from vidpred.runs.layout import RunFolder


@pytest.fixture
def runs(data_roots: dict[str, Path], uninterrupted: Callable[..., Path], tmp_path: Path) -> Path:
    """A folder with a run in every state that needs no other process, and a folder that is not a run."""
    runs, finished = tmp_path / "runs", uninterrupted("robot")
    fields, out = recipe_fields("robot", data_roots["robot"]), tmp_path / "out"
    shutil.copytree(finished, runs / "tiny" / "a_finished", symlinks=True)
    shutil.move(stop_after(new_tiny_run(fields, out), train_step(7)), runs / "tiny" / "b_interrupted")
    run = new_tiny_run(fields, out)
    started = RunFolder.create(run.folder, run.store.recipe_yaml, run.store.environment)
    shutil.move(started.path, runs / "tiny" / "c_just_started")
    shutil.copytree(finished, runs / "matrix" / "cell" / "seed_1", symlinks=True)
    (runs / "matrix" / "cell" / "seed_1" / "recipe.yaml").write_text("name: [")
    shutil.copytree(finished, runs / "tiny" / "d_emptied", symlinks=True)
    for weights in (runs / "tiny" / "d_emptied").rglob("weights.safetensors"):
        weights.write_bytes(b"")
    (runs / "tiny" / "not_a_run_folder").mkdir()
    return runs


def test_every_state_is_listed(runs: Path, uninterrupted: Callable[..., Path], vidpred: Callable[..., Any]) -> None:
    listed = {Path(run["folder"]).name: run for run in json.loads(vidpred("runs", runs, "--json").output)}
    assert {name: (run["state"], run["epoch"], run["step"], run["epochs"]) for name, run in listed.items()} == {
        "a_finished": ("finished", 4, 0, 4),
        "b_interrupted": ("interrupted", 2, 2, 4),
        "c_just_started": ("interrupted", 0, 0, 4),
        "seed_1": ("broken", 4, 0, 0),
        "d_emptied": ("broken", 0, 0, 4),
    }
    assert "weights.safetensors has 0 bytes, but" in listed["d_emptied"]["why"]
    assert "recipe.yaml" in listed["seed_1"]["why"]
    validated = [record["validate"] or {} for record in RunFolder(uninterrupted("robot")).read_history()]
    best = max(range(4), key=lambda epoch: float(validated[epoch]["psnr"]))
    assert listed["a_finished"]["best"]["psnr"] == {"value": validated[best]["psnr"], "epoch": best}

    lines = vidpred("runs", runs).output.splitlines()
    assert lines[1].split() == ["run", "state", "epoch", "best"] and len(lines) == 7
    line = next(line for line in lines if "b_interrupted" in line)
    assert "interrupted  2/4 + 2 steps" in line and f"psnr {validated[1]['psnr']:.4g} at epoch_" in line
