"""Previews of a validation show what the model predicts and what is measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import vidpred as vp
from vidpred.contracts.tensors import Clip
from vidpred.evaluation import previews
from vidpred.evaluation.preview_types import Pictures
from vidpred.report.epoch_artifacts import draw_epoch_artifacts
from vidpred.training.events import EpochEnd


def tiny_run(recipe: Path, out: Path, *overrides: str) -> Any:
    from vidpred.assembly.run import new_run
    from vidpred.plugins.discovery import discover
    from vidpred.recipe.loading import load_recipe
    from vidpred.recipe.validation import validate_recipe

    return new_run(validate_recipe(load_recipe(recipe, list(overrides)), discover([]).registry), out=out, device="cpu")


def collect_pictures(run: Any) -> list[Pictures]:
    """Let a run draw as it does, and collect what it hands over."""
    pictures: list[Pictures] = []

    def draw(folder: Path, epoch: Pictures) -> Path:
        pictures.append(epoch)
        return draw_epoch_artifacts(folder, epoch)

    object.__setattr__(run.validation, "draw", draw)
    return pictures


def test_a_preview_shows_the_predictions_of_the_model(write_recipe: Callable[..., Path], tmp_path: Path) -> None:
    run = tiny_run(write_recipe(), tmp_path / "out", "validate.preview_samples=2", "validate.seed=3")
    collected = collect_pictures(run)
    paths = [event.preview for event in run.events() if isinstance(event, EpochEnd)]
    assert paths == [None, run.folder / "previews" / "epoch_0001.gif"]
    (pictures,) = collected
    preview = pictures.preview
    assert preview.truth.shape == (2, 6, 3, 64, 64) and preview.posterior.shape == (2, 5, 3, 64, 64)
    assert preview.samples.shape == (2, 2, 5, 3, 64, 64)
    clip = run.validation.data.first_clips(past=2).clip(torch.device("cpu"))
    predicted = vp.load(run.folder, device="cpu").predict(Clip(clip.frames, clip.conditions), seed=3, samples=2)
    assert torch.allclose(predicted.reshape(preview.samples.shape), preview.samples, atol=1e-5)


def test_the_first_sample_of_a_preview_is_the_measured_one(write_recipe: Callable[..., Path], tmp_path: Path) -> None:
    run = tiny_run(write_recipe(), tmp_path / "out", "validate.preview_samples=2", "validate.seed=3")
    collected = collect_pictures(run)
    list(run.events())
    (pictures,) = collected
    psnr = pictures.preview.psnr[:, 0]
    assert psnr.double().mean().item() == pytest.approx(pictures.history[-1]["validate"]["psnr"], abs=1e-3)
    assert pictures.per_frame is not None and pictures.per_frame.first == 2 and pictures.per_frame.epoch == 1
    assert pictures.per_frame.predicted["psnr"] == pytest.approx(psnr.mean(0).tolist(), abs=1e-3)


def test_a_preview_of_long_clips_shows_their_beginning(
    write_recipe: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "FUTURE", 2)
    monkeypatch.setattr(previews, "CLIPS", 1)
    run = tiny_run(write_recipe(), tmp_path / "out", "train.epochs=1", "annealer=none")
    collected: list[Pictures] = []
    object.__setattr__(run.validation, "draw", lambda folder, pictures: collected.append(pictures))
    list(run.events())
    assert collected[0].preview.truth.shape[:2] == (1, 4) and collected[0].preview.length == 6
