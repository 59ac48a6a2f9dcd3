"""Plugins in runs: the example plugin, observers and filters."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.test_discovery import SAWTOOTH


def test_the_example_plugin_runs_through_the_cli(vidpred: Callable[..., Any], robot_data: Path, tmp_path: Path) -> None:
    recipe = SAWTOOTH.with_suffix(".yaml")
    tiny = [
        "train.epochs=1",
        "train.steps_per_epoch=4",
        "train.batch_size=2",
        "sequence.future=3",
        "model.encoder.width=0.03",
        "train.precision=fp32",
        "model.encoder.dim=8",
        "model.posterior.hidden=8",
        "model.predictor.hidden=8",
        f"data.root={robot_data}",
    ]
    options = [part for setting in tiny for part in ("--set", setting)]
    outcome = vidpred("run", recipe, "--plugin", SAWTOOTH, "--out", tmp_path, *options)
    assert outcome.code == 0, outcome.errors
    folder = next((tmp_path / "sawtooth").iterdir())
    record = json.loads((folder / "metrics.jsonl").read_text())
    assert record["beta"] == pytest.approx(0.001 * (0 + 0.75 + 0.5 + 0.25) / 4)
    used = {plugin["name"]: plugin for plugin in json.loads((folder / "environment.json").read_text())["plugins"]}
    assert len(used["sawtooth"]["sha256"]) == 64 and used["vidpred"]["version"]

    without = vidpred("run", recipe, "--out", tmp_path / "other")
    assert without.code == 2 and "unknown annealer 'sawtooth'" in without.errors


WATCHING = """
import vidpred
from pydantic import Field

class Diary(vidpred.Observer):
    \"\"\"Records its notifications; fails if its setting says so.\"\"\"
    name = "diary"
    class Config(vidpred.Config):
        fail: bool = Field(False, description="fail at the end of an epoch")
    def run_start(self, folder, recipe):
        self.file = folder / "diary.txt"
        self.file.write_text(recipe["name"])
    def epoch_end(self, record):
        if self.config.fail:
            raise OSError("no ink")
        self.file.write_text(self.file.read_text() + f" {record['epoch']}")
    def run_end(self, history):
        self.file.write_text(self.file.read_text() + f" end of {len(history)}")

class Dark(vidpred.Filter):
    \"\"\"Feeds back black frames.\"\"\"
    name = "dark"
    def __call__(self, prediction, previous):
        assert prediction.shape == previous.shape
        return prediction * 0

@vidpred.hookimpl
def vidpred_register(add):
    add("observer", "diary", Diary)
    add("filter", "dark", Dark)
"""


def test_observers_are_notified_and_filters_change_what_is_fed_back(
    tmp_path: Path, vidpred: Callable[..., Any], write_recipe: Callable[..., Path]
) -> None:
    plugin = tmp_path / "watching.py"
    plugin.write_text(WATCHING)
    losses = []
    runs = {
        "plain": [],
        "observed": ["observers=[diary]", "feedback.filter=dark"],
        "failing": ["observers=[{name: diary, fail: true}]"],
    }
    for name, settings in runs.items():
        out = tmp_path / name
        recipe = write_recipe(forcing={"name": "constant", "ratio": 0})
        outcome = vidpred(
            "run",
            recipe,
            "--plugin",
            plugin,
            "--out",
            out,
            *(part for setting in settings for part in ("--set", setting)),
        )
        assert outcome.code == 0, outcome.errors
        folder = next((out / "tiny").iterdir())
        losses.append(json.loads((folder / "metrics.jsonl").read_text().splitlines()[0])["train"]["loss"])
        if name == "observed":
            assert (folder / "diary.txt").read_text() == "tiny 0 1 end of 2"
        if name == "failing":
            assert "observer diary failed and is left out from now on: OSError: no ink" in outcome.errors
            assert (folder / "diary.txt").read_text() == "tiny"
    assert losses[0] == losses[2] != losses[1]
