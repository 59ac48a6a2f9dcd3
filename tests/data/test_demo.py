"""`--sample`: training without any data; `vidpred data sample`; `vidpred eval`; what a run says in the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.conftest import write_robot_data
from vidpred.builtin.datasets.bair.dataset import BairRobot
from vidpred.cli.summary import format_duration
from vidpred.data.demo import demo_data_folder
from vidpred.data.shuffled_conditions import ShuffledConditions
from vidpred.recipe.loading import shipped_recipes

TINY = [
    "train.epochs=1",
    "train.steps_per_epoch=2",
    "train.batch_size=2",
    "model.encoder.width=0.03",
    "train.precision=fp32",
    "model.encoder.dim=8",
    "annealer=none",
    "validate.future=3",
    "train.reestimate_batches=1",
    "validate.metrics=[psnr]",
]


@pytest.fixture
def small_sample(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """The sample is five rendered clips, in a cache of its own; the list says where it was rendered to."""
    rendered = []

    def write_demo_data(self: BairRobot, root: Path, seed: int) -> None:
        write_robot_data(root, frames=14)
        rendered.append(root)

    monkeypatch.setattr(BairRobot, "write_demo_data", write_demo_data)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return rendered


def run_sample(vidpred: Callable[..., Any], out: Path, recipe: str = "bair_cyclical") -> Any:
    return vidpred(
        "run",
        recipe,
        "--sample",
        "--out",
        out,
        "--device",
        "cpu",
        *(part for setting in TINY for part in ("--set", setting)),
    )


def test_a_sample_is_rendered_once_and_trained_on(
    small_sample: list[Path], vidpred: Callable[..., Any], tmp_path: Path
) -> None:
    first = run_sample(vidpred, tmp_path / "out")
    assert first.code == 0, first.errors
    assert "rendering demo data, once" in first.output
    second = run_sample(vidpred, tmp_path / "out2", "bair_none")
    assert second.code == 0 and "rendering" not in second.output and len(small_sample) == 1
    assert not [path for path in demo_data_folder("bair_robot").parent.iterdir() if path.name.startswith(".")]


def test_the_header_says_what_is_trained_and_the_end_what_came_out(
    small_sample: list[Path], vidpred: Callable[..., Any], tmp_path: Path
) -> None:
    shown = run_sample(vidpred, tmp_path / "out").output
    run = next((tmp_path / "out" / "bair_cyclical").iterdir())
    for said in (
        "bair_robot, clips: 5 training, 2 validation",
        "encoder vgg64",
        "predictor lstm",
        "parameters",
        "1 epoch of 2 steps",
        "batches of 2 clips of 2 given + 10 predicted frames",
        "CPU, fp32",
        "best psnr",
        "copying the last given frame",
        f"vidpred eval {run}",
        str(run / "previews" / "epoch_0000.gif"),
    ):
        assert said in shown, said


def test_eval_measures_beside_copying_and_wrong_conditions(
    small_sample: list[Path], vidpred: Callable[..., Any], tmp_path: Path
) -> None:
    run_sample(vidpred, tmp_path / "out")
    run = next((tmp_path / "out" / "bair_cyclical").iterdir())
    found = json.loads(vidpred("eval", run, "--split", "validate", "--json").output)
    recorded = json.loads((run / "metrics.jsonl").read_text())["validate"]
    psnr = found["metrics"]["psnr"]
    assert psnr["one"]["mean"] == pytest.approx(recorded["psnr"], abs=1e-5)
    assert psnr["copy_last"]["mean"] == pytest.approx(recorded["copy_last"]["psnr"], abs=1e-5)
    assert found["condition_gap"]["wrong_conditions"]["mean"] != psnr["one"]["mean"]
    table = vidpred("eval", run).output
    assert "condition gap" in table and f"{psnr['one']['mean']:.2f}" in table
    for wrong in (
        ("eval", tmp_path / "nothing"),
        ("eval", run, "--split", "tset"),
        ("eval", run, "--checkpoint", "lst"),
    ):
        refused = vidpred(*wrong)
        assert refused.code == 2 and refused.errors.startswith("error: ")


def test_wrong_conditions_come_from_another_clip_or_are_reversed(robot_data: Path) -> None:
    split = BairRobot(BairRobot.Config(root=robot_data)).split("train")
    wrong = ShuffledConditions(split)
    for clip in range(5):
        assert torch.equal(wrong.read(clip, 2, 4).frames, split.read(clip, 2, 4).frames)
        assert torch.equal(wrong.read(clip, 2, 4).conditions, split.read((clip + 1) % 5, 2, 4).conditions)
    single = BairRobot(BairRobot.Config(root=robot_data)).split("test")
    assert torch.equal(ShuffledConditions(single).read(0, 2, 4).conditions, single.read(0, 2, 4).conditions.flip(0))


def test_a_sample_is_rendered_by_hand_too(
    small_sample: list[Path], vidpred: Callable[..., Any], tmp_path: Path
) -> None:
    made = vidpred("data", "sample", "bair_robot", tmp_path / "mine")
    assert made.code == 0 and (tmp_path / "mine" / "train").is_dir()
    again = vidpred("data", "sample", "bair_robot", tmp_path / "mine")
    assert again.code == 2 and "exists already" in again.errors
    unknown = vidpred("data", "sample", "bair_robt", tmp_path / "other")
    assert unknown.code == 2 and "did you mean 'bair_robot'?" in unknown.errors


@pytest.mark.parametrize("recipe", sorted(shipped_recipes()))
def test_every_shipped_recipe_has_a_sample(recipe: str, vidpred: Callable[..., Any]) -> None:
    assert vidpred("check", recipe, "--sample").code == 0


def test_durations_are_told_as_people_do() -> None:
    told = [format_duration(seconds) for seconds in (0.4, 59.4, 60, 200, 3600, 15120, 273600)]
    assert told == ["0 s", "59 s", "1 min 0 s", "3 min 20 s", "1 h 0 min", "4 h 12 min", "3 d 4 h"]
