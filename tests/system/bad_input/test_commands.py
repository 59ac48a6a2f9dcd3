"""Commands that cannot be carried out, and data that are deleted while they are used."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.system.bad_input.refusal import Refused, write_plugin
from vidpred.runs.layout import RunFolder

DELETES_FRAMES = """
class Mine(vidpred.Observer):
    name = "mine"
    class Config(vidpred.Config):
        root: Path
        after: int
    def run_start(self, folder, recipe):
        self.epoch_end({"epoch": -1})
    def epoch_end(self, record):
        if record["epoch"] == self.config.after:
            for frame in self.config.root.glob("train/*/*/4.png"):      # in every window of 6 of 9 frames
                frame.unlink()
"""


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("after", [-1, 0])
def test_a_frame_that_is_deleted_during_a_run(
    workers: int, after: int, refused: Refused, write_recipe: Callable[..., Path], robot_data: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    shutil.copytree(robot_data, root)
    file = write_plugin(tmp_path / "deletes.py", "observer", DELETES_FRAMES)
    recipe = write_recipe(
        data={"name": "bair_robot", "root": str(root)}, observers=[{"name": "mine", "root": str(root), "after": after}]
    )
    message = refused("run", recipe, "--plugin", file, "--set", f"train.workers={workers}", finished=after + 1)
    assert "/4.png: is missing; restore it, or leave its folder out" in message
    for run in (tmp_path / "out" / "tiny").glob("*"):
        assert [record["epoch"] for record in RunFolder(run).read_history()] == [0]
        assert (run / "checkpoints" / "last" / "weights.safetensors").is_file()


def test_an_out_folder_that_cannot_be_created(
    refused: Refused, write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for out in (file, file / "deeper"):
        message = refused("run", write_recipe(), out=out)
        assert (
            message == f"error: {file}: no run folder can be made in it: it is not a folder; give another with --out\n"
        )


def test_unknown_devices(refused: Refused, write_recipe: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for device, expected in {
        "gpu": "--device gpu: unknown device; use auto, cpu or cuda",
        "meta": "--device meta: not supported; use auto, cpu or cuda",
        "cuda:1": "--device cuda:1: torch finds no usable GPU; use --device cpu, or install a torch build",
    }.items():
        assert expected in refused("run", write_recipe(), "--device", device)


def test_unknown_kinds_and_components(refused: Refused) -> None:
    assert "unknown kind 'anealer'; did you mean 'annealer'? known kinds: annealer, " in refused("list", "anealer")
    assert "unknown annealer 'cyclicle'; did you mean 'cyclical'?" in refused("list", "annealer", "cyclicle")


@pytest.mark.parametrize("steps", [1, 4, 9])
def test_one_cycle_works_in_the_shortest_runs(
    steps: int, vidpred: Callable[..., Any], write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    """torch itself divides by zero if the rise is one step long."""
    recipe = write_recipe(annealer="none", scheduler={"name": "one_cycle", "rise": 1 / (steps + 1)})
    options = [
        "--set",
        "train.epochs=1",
        "--set",
        f"train.steps_per_epoch={steps}",
        "--set",
        "validate.metrics=[psnr]",
        "--set",
        "sequence.future=1",
    ]
    assert vidpred("run", recipe, "--out", tmp_path / "out", "--device", "cpu", *options).code == 0
