"""A model loaded from Python: which clips it predicts from, which it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import vidpred as vp


@pytest.fixture(scope="module")
def trained(robot_run: Path) -> vp.Trained:
    return vp.load(robot_run, device="cpu")


def test_given_frames_and_conditions_are_enough_to_predict(trained: vp.Trained) -> None:
    clip = trained.clip("test", 0, start=1)
    assert clip.frames.shape == (1, 6, 3, 64, 64) and clip.conditions.shape == (1, 6, 7)
    predicted = trained.predict(clip, samples=3)
    assert predicted.shape == (3, 5, 3, 64, 64)
    assert torch.equal(trained.predict(vp.Clip(clip.frames[:, :2], clip.conditions), samples=3), predicted)


@pytest.mark.parametrize(
    ("frames", "conditions", "message"),
    [
        ((6, 3, 64, 64), (6, 7), "got frames"),
        ((1, 6, 3, 64, 64), (1, 6, 4), "conditions [B, T, 7]"),
        ((1, 1, 3, 64, 64), (1, 6, 7), "at least 2"),
        ((1, 6, 3, 32, 64), (1, 6, 7), "3, 64, 64"),
        ((2, 6, 3, 64, 64), (1, 6, 7), "got frames"),
        ((1, 6, 3, 64, 64), (1, 2, 7), "T more than 2"),
    ],
)
def test_a_clip_that_does_not_fit_is_refused(trained: vp.Trained, frames: Any, conditions: Any, message: str) -> None:
    with pytest.raises(vp.VidpredError) as refused:
        trained.predict(vp.Clip(torch.zeros(frames), torch.zeros(conditions)))
    assert message in str(refused.value)


def test_whole_numbers_and_missing_clips_are_refused(trained: vp.Trained) -> None:
    clip = trained.clip("test")
    with pytest.raises(vp.VidpredError, match="divide by 255"):
        trained.predict(vp.Clip((clip.frames * 255).byte(), clip.conditions))
    with pytest.raises(vp.VidpredError, match="test has clips 0 to 0, but no clip 3"):
        trained.clip("test", 3)


def test_a_folder_of_runs_suggests_the_newest(trained: vp.Trained) -> None:
    with pytest.raises(vp.VidpredError, match=f"did you mean {trained.run}"):
        vp.load(trained.run.parent)
