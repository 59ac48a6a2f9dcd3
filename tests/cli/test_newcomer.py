"""What newcomers stumbled over: plugins that fail, clips by hand, folders that vanish, tables in narrow terminals."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import vidpred as vp
from tests.conftest import tiny_recipe
from vidpred.assembly.run import new_run
from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import Document
from vidpred.recipe.validation import validate_recipe
from vidpred.training.run import EpochEnd

PLUGIN = """
import vidpred
class Mine(vidpred.Forcing):
    \"\"\"A policy of mine.\"\"\"
    name = "mine"
    class Config(vidpred.{config}):
        pass
    def ratio(self, at):
        return {ratio}
@vidpred.hookimpl
def vidpred_register(add):
    add("forcing", "mine", Mine)
"""


def plugin(folder: Path, *, config: str = "Forcing.Config", ratio: str = "0.5") -> Path:
    path = folder / "mine.py"
    path.write_text(PLUGIN.format(config=config, ratio=ratio))
    return path


@pytest.fixture
def trained(write_recipe: Callable[..., Path], vidpred: Callable[..., Any], tmp_path: Path) -> vp.Trained:
    assert (
        vidpred("run", write_recipe(), "--set", "train.epochs=1", "--out", tmp_path / "out", "--device", "cpu").code
        == 0
    )
    return vp.load(next((tmp_path / "out" / "tiny").iterdir()), device="cpu")


def test_settings_must_extend_those_of_their_kind(
    tmp_path: Path, vidpred: Callable[..., Any], write_recipe: Callable[..., Path]
) -> None:
    mine = plugin(tmp_path, config="Config")
    refused = vidpred("check", write_recipe(forcing="mine"), "--plugin", mine)
    assert refused.code == 2 and "its nested Config must be a subclass of vidpred.Forcing.Config" in refused.errors


def test_a_mistake_in_a_plugins_code_names_its_file_and_line(
    tmp_path: Path, vidpred: Callable[..., Any], write_recipe: Callable[..., Path]
) -> None:
    mine = plugin(tmp_path, ratio="at.history[-1]['validate']['psnr'] / 100 if at.history else 1 / 2")
    failed = vidpred(
        "run",
        write_recipe(forcing="mine"),
        "--plugin",
        mine,
        "--set",
        "validate.every=2",
        "--set",
        "train.epochs=3",
        "--out",
        tmp_path / "out",
    )
    assert failed.code == 2 and f"{mine}, line 9: TypeError: " in failed.errors


def test_check_tries_the_schedules(
    tmp_path: Path, vidpred: Callable[..., Any], write_recipe: Callable[..., Path]
) -> None:
    refused = vidpred("check", write_recipe(forcing="mine"), "--plugin", plugin(tmp_path, ratio="3.5"))
    assert refused.code == 2 and "forcing mine gives a ratio of 3.5" in refused.errors
    short = vidpred("check", write_recipe(), "--set", "annealer.cycles=9")
    assert short.code == 2 and "9 cycles do not fit into 4 steps" in short.errors


def test_given_frames_and_conditions_are_enough_to_predict(trained: vp.Trained) -> None:
    clip = trained.clip("test", 0, start=1)
    assert clip.frames.shape == (1, 6, 3, 64, 64) and clip.conditions.shape == (1, 6, 7)
    whole = trained.predict(clip, samples=3)
    assert whole.shape == (3, 5, 3, 64, 64)
    assert torch.equal(trained.predict(vp.Clip(clip.frames[:, :2], clip.conditions), samples=3), whole)


@pytest.mark.parametrize(
    ("frames", "conditions", "said"),
    [
        ((6, 3, 64, 64), (6, 7), "got frames"),
        ((1, 6, 3, 64, 64), (1, 6, 4), "conditions [B, T, 7]"),
        ((1, 1, 3, 64, 64), (1, 6, 7), "at least 2"),
        ((1, 6, 3, 32, 64), (1, 6, 7), "3, 64, 64"),
        ((2, 6, 3, 64, 64), (1, 6, 7), "got frames"),
        ((1, 6, 3, 64, 64), (1, 2, 7), "T more than 2"),
    ],
)
def test_a_clip_that_does_not_fit_is_refused(trained: vp.Trained, frames: Any, conditions: Any, said: str) -> None:
    with pytest.raises(vp.VidpredError) as refused:
        trained.predict(vp.Clip(torch.zeros(frames), torch.zeros(conditions)))
    assert said in str(refused.value)


def test_whole_numbers_and_missing_clips_are_refused_too(trained: vp.Trained) -> None:
    clip = trained.clip("test")
    with pytest.raises(vp.VidpredError, match="divide by 255"):
        trained.predict(vp.Clip((clip.frames * 255).byte(), clip.conditions))
    with pytest.raises(vp.VidpredError, match="test has clips 0 to 0, but no clip 3"):
        trained.clip("test", 3)


def test_a_folder_that_vanishes_stops_the_run(robot_data: Path, tmp_path: Path) -> None:
    run = new_run(
        validate_recipe(Document("tiny", tiny_recipe(robot_data)), discover().registry), out=tmp_path, device="cpu"
    )
    with pytest.raises(vp.VidpredError, match="does not exist any more, so the run cannot continue"):
        for event in run.events():
            if isinstance(event, EpochEnd):
                shutil.rmtree(run.folder)


def test_runs_that_start_in_the_same_second_have_folders_of_their_own(robot_data: Path, tmp_path: Path) -> None:
    checked = validate_recipe(Document("tiny", tiny_recipe(robot_data)), discover().registry)
    runs = [new_run(checked, out=tmp_path, device="cpu") for _ in range(2)]
    runs[1].folder = runs[0].folder
    streams = [run.events() for run in runs]
    for stream in streams:
        next(stream)
    assert runs[0].folder != runs[1].folder and runs[1].checkpoints.folder.parent == runs[1].folder


def test_a_folder_of_runs_leads_to_the_newest(trained: vp.Trained, tmp_path: Path) -> None:
    with pytest.raises(vp.VidpredError, match=r"did you mean .*/out/tiny/2"):
        vp.load(tmp_path / "out" / "tiny")


def test_one_and_zero_are_no_truth_values(vidpred: Callable[..., Any]) -> None:
    assert "  1 " in vidpred("list", "core", "gaussian_lstm").output
    assert "true" not in vidpred("list", "core", "gaussian_lstm").output
    settings = {
        s["name"]: s["default"]
        for s in json.loads(vidpred("list", "forcing", "linear_decay", "--json").output)["settings"]
    }
    assert settings["from_epoch"] == "0"


def test_standardized_conditions_train_and_have_unit_variance(
    trained: vp.Trained, vidpred: Callable[..., Any], write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    from vidpred.builtin.conditions.standardize import Standardize

    part = Standardize(vp.Config(), vp.FeatureSpec(4))
    made = part(torch.randn(500, 4) * torch.tensor([0.01, 1, 10, 100.0]))
    assert torch.allclose(made.var(0), torch.ones(4), atol=0.15)
    with pytest.raises(vp.Misfit, match="takes vectors"):
        Standardize(vp.Config(), vp.FeatureSpec(3, (4, 4)))
    assert (
        vidpred(
            "run",
            write_recipe(),
            "--set",
            "model.condition=standardize",
            "--set",
            "train.epochs=1",
            "--out",
            tmp_path / "s",
        ).code
        == 0
    )
