"""Real robot frames: read from ../shared/data where that is, skipped where it is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import vidpred as vp
from vidpred.builtin.metrics.psnr import PSNR
from vidpred.data.loader import align_conditions

PAST, LENGTH = 2, 12


def decibels(frames: Tensor, truth: Tensor) -> float:
    """Mean PSNR over the predicted frames of one clip [T, C, H, W]."""
    return PSNR(PSNR.Config())(frames, truth).mean().item()


def test_a_recipe_runs_on_real_frames(vidpred: Callable[..., Any], real_data: Path, tmp_path: Path) -> None:
    tiny = [
        "train.epochs=1",
        "train.steps_per_epoch=2",
        "train.batch_size=2",
        "model.encoder.width=0.05",
        "annealer=none",
        f"data.root={real_data / 'bair'}",
    ]
    outcome = vidpred(
        "run", "bair_small", "--out", tmp_path, *(part for setting in tiny for part in ("--set", setting))
    )
    assert outcome.code == 0, outcome.errors
    scores = vp.load(next((tmp_path / "bair_small").iterdir()), device="cpu").validate("test").record()
    assert scores["copy_last"]["psnr"] == pytest.approx(14.78, abs=0.01)  # type: ignore[index]


@pytest.mark.slow
def test_bair_small_learns_a_real_trajectory_and_follows_its_actions(
    vidpred: Callable[..., Any], real_data: Path, tmp_path: Path
) -> None:
    """The shipped recipe reaches 22 dB from the prior, and at least 2 dB less with the actions reversed."""
    torch.set_num_threads(2)
    outcome = vidpred("run", "bair_small", "--out", tmp_path, "--set", f"data.root={real_data / 'bair'}")
    assert outcome.code == 0, outcome.errors
    trained = vp.load(next((tmp_path / "bair_small").iterdir()), "last", device="cpu")
    recorded = trained.dataset.split("validate").read(0, 0, LENGTH)
    frames = recorded.frames[None].float() / 255
    psnr = {}
    for name, conditions in (("true", recorded.conditions), ("reversed", recorded.conditions.flip(0))):
        clip = vp.Clip(frames, align_conditions(conditions, trained.dataset.lead)[None])
        predicted = trained.predict(clip, seed=0)[0, PAST - 1 :]
        psnr[name] = decibels(predicted, frames[0, PAST:])
    copied = decibels(frames[0, PAST - 1 : PAST].expand(LENGTH - PAST, -1, -1, -1), frames[0, PAST:])
    print(f"PSNR {psnr['true']:.2f} dB, actions reversed {psnr['reversed']:.2f} dB, copying frame 1 {copied:.2f} dB")
    assert psnr["true"] >= 22
    assert psnr["true"] - psnr["reversed"] >= 2
