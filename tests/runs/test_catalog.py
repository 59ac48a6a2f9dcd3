"""`vidpred runs`: what there is, and how it stands."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.tiny_runs import new_tiny_run, recipe_fields, stop_after, train_step
from vidpred.runs.layout import RunFolder


def test_every_state(
    data_roots: dict[str, Path], uninterrupted: Callable[..., Path], tmp_path: Path, vidpred: Callable[..., Any]
) -> None:
    runs = tmp_path / "runs"
    whole = uninterrupted("robot")
    shutil.copytree(whole, runs / "tiny" / "a_finished", symlinks=True)
    shutil.move(
        stop_after(new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path / "out"), train_step(7)),
        runs / "tiny" / "b_interrupted",
    )
    run = new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path / "out")
    shutil.move(
        RunFolder.create(run.folder, run.store.recipe_yaml, run.store.environment).path, runs / "tiny" / "c_just_begun"
    )
    shutil.copytree(whole, runs / "matrix" / "cell" / "seed_1", symlinks=True)
    (runs / "matrix" / "cell" / "seed_1" / "recipe.yaml").write_text("name: [")
    shutil.copytree(whole, runs / "tiny" / "d_emptied", symlinks=True)
    for weights in (runs / "tiny" / "d_emptied").rglob("weights.safetensors"):
        weights.write_bytes(b"")
    (runs / "tiny" / "not_a_run_folder").mkdir()

    found = {Path(run["folder"]).name: run for run in json.loads(vidpred("runs", runs, "--json").output)}
    assert {name: (run["state"], run["epoch"], run["step"], run["epochs"]) for name, run in found.items()} == {
        "a_finished": ("finished", 4, 0, 4),
        "b_interrupted": ("interrupted", 2, 2, 4),
        "c_just_begun": ("interrupted", 0, 0, 4),
        "seed_1": ("broken", 4, 0, 0),
        "d_emptied": ("broken", 0, 0, 4),
    }
    assert (
        "weights.safetensors has 0 bytes, but" in found["d_emptied"]["why"] and "recipe.yaml" in found["seed_1"]["why"]
    )
    records = [json.loads(line)["validate"] for line in (whole / "metrics.jsonl").read_text().splitlines()]
    best = max(range(4), key=lambda epoch: records[epoch]["psnr"])
    assert found["a_finished"]["best"]["psnr"] == {"value": records[best]["psnr"], "epoch": best}

    text = vidpred("runs", runs).output.splitlines()
    assert text[1].split() == ["run", "state", "epoch", "best"] and len(text) == 7
    line = next(line for line in text if "b_interrupted" in line)
    assert "interrupted  2/4 + 2 steps" in line and f"psnr {records[1]['psnr']:.4g} at epoch_" in line


def test_where_there_are_none(tmp_path: Path, vidpred: Callable[..., Any]) -> None:
    assert vidpred("runs", tmp_path).output == f"no runs in {tmp_path}\n"
    outcome = vidpred("runs", tmp_path / "nowhere")
    assert outcome.code == 2 and f"no folder {tmp_path}/nowhere" in outcome.errors
