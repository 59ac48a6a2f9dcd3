"""Demo data: `--sample` runs without any data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vidpred.data.demo import demo_data_folder
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


def test_demo_data_are_rendered_once(small_demo_data: list[Path], vidpred: Callable[..., Any], tmp_path: Path) -> None:
    first = run_sample(vidpred, tmp_path / "out")
    assert first.code == 0, first.errors
    assert "rendering demo data, once" in first.output
    second = run_sample(vidpred, tmp_path / "out2", "bair_none")
    assert second.code == 0 and "rendering" not in second.output and len(small_demo_data) == 1
    assert not [path for path in demo_data_folder("bair_robot").parent.iterdir() if path.name.startswith(".")]


def test_output_of_a_run_has_a_header_and_a_summary(
    small_demo_data: list[Path], vidpred: Callable[..., Any], tmp_path: Path
) -> None:
    shown = run_sample(vidpred, tmp_path / "out").output
    run = next((tmp_path / "out" / "bair_cyclical").iterdir())
    for text in (
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
        assert text in shown, text


def test_evaluation_of_a_demo_run(small_demo_data: list[Path], vidpred: Callable[..., Any], tmp_path: Path) -> None:
    run_sample(vidpred, tmp_path / "out")
    run = next((tmp_path / "out" / "bair_cyclical").iterdir())
    result = json.loads(vidpred("eval", run, "--split", "validate", "--json").output)
    recorded = json.loads((run / "metrics.jsonl").read_text())["validate"]
    psnr = result["metrics"]["psnr"]
    assert psnr["one"]["mean"] == pytest.approx(recorded["psnr"], abs=1e-5)
    assert psnr["copy_last"]["mean"] == pytest.approx(recorded["copy_last"]["psnr"], abs=1e-5)
    assert result["condition_gap"]["wrong_conditions"]["mean"] != psnr["one"]["mean"]
    table = vidpred("eval", run).output
    assert "condition gap" in table and f"{psnr['one']['mean']:.2f}" in table
    for wrong in (
        ("eval", tmp_path / "nothing"),
        ("eval", run, "--split", "tset"),
        ("eval", run, "--checkpoint", "lst"),
    ):
        refused = vidpred(*wrong)
        assert refused.code == 2 and refused.errors.startswith("error: ")


@pytest.mark.parametrize("recipe", sorted(shipped_recipes()))
def test_every_shipped_recipe_is_valid_with_demo_data(recipe: str, vidpred: Callable[..., Any]) -> None:
    assert vidpred("check", recipe, "--sample").code == 0
