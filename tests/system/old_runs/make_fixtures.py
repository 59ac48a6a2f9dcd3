"""Make the run folders beside this file with the code of commit d87b82e, as README.md says: make_fixtures.py OUT."""

# ruff: noqa: I001  (the modules imported are those of d87b82e, which ruff does not find)
from __future__ import annotations

import filecmp
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from machine import machine

import vidpred
from tests.conftest import tiny_recipe, write_robot_data
from tests.tiny_pose import pose_recipe, write_pose_data
from vidpred.build import run_of
from vidpred.engine.events import Interrupted
from vidpred.engine.trainer import StepReport
from vidpred.plugins import discover
from vidpred.recipe.check import check
from vidpred.recipe.document import Document, merged

# Counted from 0 over the whole run: one epoch of three steps, then two steps of the next.
STOP_AFTER_STEP = 4
# Relative, so that recipe.yaml names no folder of the machine that made the fixtures.
FRAMES = {"robot": Path("frames/robot"), "pose": Path("frames/pose")}

COMMON: dict[str, Any] = {
    "train": {"epochs": 4, "steps_per_epoch": 3},
    "forcing": {
        "name": "convergence_reset",
        "start": 0.9,
        "step": 0.3,
        "patience": 2,
        "loss_threshold": None,
        "psnr_threshold": 50.0,
    },
    "validate": {"preview_every": 1},
    "save": {"every": 1, "keep": 2},
}
# Pictures to look at, which no command reads again; without them the fixtures are half as large.
LEFT_OUT = shutil.ignore_patterns("plots", "*.gif", "*.png", "report.html")
OWN: dict[str, dict[str, Any]] = {
    "robot": {
        "name": "old_robot",
        "data": {"conditions": ["actions", "positions"]},
        "model": {
            "encoder": {"dim": 6, "width": 0.015},
            "condition": "standardize",
            "prior": {"name": "gaussian_lstm", "hidden": 8},
        },
        # Small, because rounding differences between machines grow from step to step in batches of two clips.
        "optimizer": {"name": "sgd", "lr": 0.005},
        "scheduler": "cosine",
    },
    "pose": {
        "name": "old_pose",
        "annealer": {"name": "monotonic", "warmup": 2, "unit": "epoch"},
        # The gradient of a bias before a BatchNorm is nothing but rounding error, and Adam would turn it into a full
        # step. Weight decay gives it a real one, so other machines get the same weights, up to rounding.
        "optimizer": {"name": "adam", "weight_decay": 0.01},
        "scheduler": {"name": "plateau", "patience": 0, "gamma": 0.5},
    },
}


def recipe(family: str) -> dict[str, Any]:
    """The recipe of one fixture."""
    base = tiny_recipe(FRAMES["robot"]) if family == "robot" else pose_recipe(FRAMES["pose"])
    return merged(merged(base, COMMON), OWN[family])


def stopped_run(family: str) -> Path:
    """Train, stop in the middle of the second epoch as Ctrl-C does, and return the run folder."""
    checked = check(Document(family, recipe(family)), discover().registry)
    command_line = ["vidpred", "run", f"{family}.yaml"]
    run = run_of(checked, out=Path("runs"), device="cpu", plugins=discover(), command=command_line)
    try:
        for event in run.events():
            if isinstance(event, StepReport) and event.at.step == STOP_AFTER_STEP:
                run.stop.set()
    except Interrupted as interrupted:
        assert interrupted.lost is None and interrupted.at == (1, 2), interrupted
        return run.folder
    raise AssertionError("the run was not stopped")


def command(*arguments: object) -> None:
    """Run `vidpred` in a process of its own, on one thread, with the code that this script imports."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(vidpred.__file__).parents[1])}
    subprocess.run([sys.executable, "-m", "vidpred", *map(str, arguments)], env=environment, check=True)


def make(family: str, out: Path) -> None:
    """Write one family's fixture: the stopped and evaluated run, and what resuming it gives."""
    run = stopped_run(family)
    command("eval", run, "--device", "cpu")
    resumed = [Path(f"resumed/{family}_{attempt}") for attempt in (1, 2)]
    for copy in resumed:
        shutil.copytree(run, copy, symlinks=True)
        command("run", "--resume", copy, "--device", "cpu")
    weights = [copy / "checkpoints" / "last" / "weights.safetensors" for copy in resumed]
    assert filecmp.cmp(*weights, shallow=False), "resuming twice gave different weights"
    assert without_times(resumed[0]) == without_times(resumed[1]), "resuming twice gave different metrics"

    target = out / family
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(run, target / "run", symlinks=True, ignore=LEFT_OUT)
    shutil.copyfile(weights[0], target / "expected.safetensors")
    shutil.copyfile(resumed[0] / "metrics.jsonl", target / "expected_metrics.jsonl")


def without_times(run: Path) -> list[dict[str, Any]]:
    """The records of metrics.jsonl without what depends on the speed of the machine."""
    records = map(json.loads, (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
    timed = ("seconds", "clips_per_second")
    return [{key: value for key, value in record.items() if key not in timed} for record in records]


def main() -> None:
    out = Path(sys.argv[1]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write_robot_data(FRAMES["robot"])
        write_pose_data(FRAMES["pose"])
        for family in FRAMES:
            make(family, out)
        os.chdir(out)
    (out / "machine.json").write_text(json.dumps(machine(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
