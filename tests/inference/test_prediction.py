"""Predictions of a split and of a user's own frames, from Python."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import vidpred as vp

SETTINGS = vp.PredictionSettings(steps=2, samples=2, seed=3)


@pytest.fixture(scope="module")
def trained(robot_run: Path) -> vp.Trained:
    return vp.load(robot_run, device="cpu")


def test_a_split_is_predicted_clip_by_clip(trained: vp.Trained) -> None:
    (prediction,) = vp.predict_split(trained, "test", SETTINGS)
    clip = trained.clip("test", 0, length=4)
    assert prediction.futures.shape == (2, 4, 3, 64, 64) and (prediction.past, prediction.steps) == (2, 2)
    assert torch.equal(prediction.futures[1, :2], clip.frames[0, :2])
    assert torch.equal(prediction.futures[:, 2:], trained.predict(clip, samples=2, seed=3)[:, 1:])
    assert list(prediction.references()) == ["truth"]


def test_by_default_a_clip_is_predicted_to_the_end_of_its_conditions(trained: vp.Trained) -> None:
    (prediction,) = vp.predict_split(trained)
    assert prediction.futures.shape == (1, 9, 3, 64, 64)


def test_the_same_frames_from_files_give_the_same_prediction(
    trained: vp.Trained, robot_clip: Path, robot_conditions: tuple[object, ...]
) -> None:
    conditions = [path for path in robot_conditions if isinstance(path, Path)]
    prediction = vp.predict_user_frames(trained, robot_clip, conditions, SETTINGS)
    (expected,) = vp.predict_split(trained, "test", SETTINGS)
    assert torch.equal(prediction.futures, expected.futures)
    assert len(prediction.notes) == 2 and prediction.references() == {}


def test_clips_that_are_too_short_are_refused_before_predicting(trained: vp.Trained) -> None:
    with pytest.raises(
        vp.DataError, match="predicting 20 frames from 2 given needs clips of 2 frames and 22 conditions"
    ):
        vp.predict_split(trained, "test", vp.PredictionSettings(steps=20))


def test_notes_about_the_files_of_a_user_are_given_before_predicting(
    trained: vp.Trained, robot_clip: Path, robot_conditions: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise vp.VidpredError("out of memory")

    monkeypatch.setattr(vp.Trained, "predict", fail)
    conditions = [path for path in robot_conditions if isinstance(path, Path)]
    notes: list[str] = []
    with pytest.raises(vp.VidpredError, match="out of memory"):
        vp.predict_user_frames(trained, robot_clip, conditions, SETTINGS, notes.append)
    assert len(notes) == 2
