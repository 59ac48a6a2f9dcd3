"""`vidpred run` from end to end, on rendered frames."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

import vidpred as vp
from vidpred.runs.layout import RunFolder


def records_without_times(folder: Path) -> list[dict[str, Any]]:
    """Return the records of a run, without what depends on time."""
    return [
        {key: value for key, value in record.items() if key not in ("seconds", "clips_per_second")}
        for record in RunFolder(folder).read_history()
    ]


@pytest.fixture
def train(write_recipe: Callable[..., Path], vidpred: Callable[..., Any], tmp_path: Path) -> Callable[..., Path]:
    """train("--set", "seed=3", forcing=…): the finished run's folder."""

    def run(*options: str, **changes: Any) -> Path:
        out = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
        outcome = vidpred("run", write_recipe(**changes), "--out", out, "--device", "cpu", *options)
        assert outcome.code == 0, outcome.errors
        return next((out / "tiny").iterdir())

    return run


def test_a_run_leaves_recipe_records_and_checkpoints(train: Callable[..., Path]) -> None:
    folder = train("--set", "train.epochs=3", "--set", "save.every=2", "--set", "save.keep=1")
    recipe = yaml.safe_load((folder / "recipe.yaml").read_text())
    assert recipe["train"]["epochs"] == 3 and recipe["model"]["decoder"] == {"name": "vgg64"}
    environment = json.loads((folder / "environment.json").read_text())
    assert environment["versions"]["torch"] == torch.__version__
    assert [plugin["name"] for plugin in environment["plugins"]] == ["vidpred"]

    history = RunFolder(folder).read_history()
    assert [record["epoch"] for record in history] == [0, 1, 2]
    assert set(history[0]) == {
        "epoch",
        "train",
        "validate",
        "beta",
        "ratio",
        "forced_share",
        "resets",
        "lr",
        "skipped",
        "unread",
        "seconds",
        "clips_per_second",
    }
    assert set(history[0]["train"]) == {"loss", "mse", "kl", "psnr"}
    assert set(history[0]["validate"]) == {"loss", "psnr", "ssim", "copy_last"}

    checkpoints = folder / "checkpoints"
    assert (checkpoints / "last").resolve().name == "epoch_0002"
    assert {link.name for link in checkpoints.iterdir() if link.is_symlink()} == {
        "last",
        "previous",
        "best_psnr",
        "best_loss",
    }
    pointed = {link.resolve().name for link in checkpoints.iterdir() if link.is_symlink()} | {"epoch_0001"}
    assert {path.name for path in checkpoints.iterdir() if not path.is_symlink()} == pointed
    assert not (checkpoints / "last").readlink().is_absolute()
    state = torch.load(checkpoints / "last" / "state.pt", weights_only=True)
    assert set(state) == {"optimizer", "scaler", "totals"} and state["optimizer"]["state"]
    manifest = json.loads((checkpoints / "last" / "manifest.json").read_text())
    assert (manifest["epoch"], manifest["step"]) == (3, 0) and set(manifest["files"]) == {
        "weights.safetensors",
        "state.pt",
    }


def test_the_same_seed_gives_the_same_records_without_times(train: Callable[..., Path]) -> None:
    first = records_without_times(train())
    assert records_without_times(train("--set", "train.workers=2")) == first
    assert records_without_times(train("--set", "seed=2")) != first


def test_how_often_validation_runs_changes_no_training_metric(train: Callable[..., Path]) -> None:
    often, rarely = (
        records_without_times(train("--set", "train.epochs=3", "--set", f"validate.every={every}")) for every in (1, 3)
    )
    assert [record["train"] for record in often] == [record["train"] for record in rarely]
    assert [record["validate"] is None for record in rarely] == [True, True, False]
    assert often[-1] == rarely[-1]


def test_a_trained_model_is_loaded_and_gives_the_recorded_records_without_times(train: Callable[..., Path]) -> None:
    folder = train()
    trained = vp.load(folder, device="cpu")
    recorded = RunFolder(folder).read_history()[-1]["validate"]
    again = trained.validate("validate").record()
    assert again["psnr"] == pytest.approx(recorded["psnr"], abs=1e-5)
    assert again["copy_last"] == pytest.approx(recorded["copy_last"], abs=1e-5)


def test_full_precision_and_layout_settings_run(train: Callable[..., Path]) -> None:
    for setting in (
        "train.precision=bf16",
        "train.channels_last=false",
        "train.accumulate=2",
        "sequence.window=1",
        "sequence.window=3",
        "sequence.last_frame_skip=true",
        "feedback.detach=true",
    ):
        assert len(records_without_times(train("--set", setting, "--set", "train.epochs=1"))) == 1


def test_every_optimizer_and_scheduler_runs(train: Callable[..., Path]) -> None:
    for optimizer in ("adam", "adamw", "sgd"):
        train("--set", f"optimizer={optimizer}", "--set", "train.epochs=1")
    rates = {}
    for scheduler in (
        "constant",
        "{name: step, every: 1}",
        "{name: multistep, milestones: [1]}",
        "cosine",
        "{name: exponential, gamma: 0.5}",
        "one_cycle",
        "plateau",
    ):
        rates[scheduler] = [record["lr"] for record in records_without_times(train("--set", f"scheduler={scheduler}"))]
    assert rates["constant"] == rates["plateau"] == pytest.approx([0.002, 0.002])
    assert (
        rates["{name: step, every: 1}"] == rates["{name: multistep, milestones: [1]}"] == pytest.approx([0.002, 0.0002])
    )
    assert rates["{name: exponential, gamma: 0.5}"] == pytest.approx([0.002, 0.001])
    assert rates["cosine"][0] > rates["cosine"][1] > 0
    assert max(rates["one_cycle"]) < 0.002
