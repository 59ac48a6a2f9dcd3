"""Schedules that are drawn before a run: `show` counts the steps as `run` does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.pose_runs import Launch
from tests.tiny_pose import pose_recipe, settings, write


@pytest.mark.parametrize(
    ("changes", "steps"),
    [
        (["train.batch_size=3"], 1),
        (["train.stride=window"], 2),
        (["train.stride=1"], 5),
        (["train.stride=1", "train.window_start=2"], 4),
        (["train.stride=2", "train.window_start=0"], 3),
        (["train.stride=1", "train.accumulate=2"], 3),
        (["train.stride=1", "train.batch_size=4"], 3),
        (["train.stride=1", "train.steps_per_epoch=7"], 7),
    ],
)
def test_show_and_run_agree_on_the_steps_of_an_epoch(
    changes: list[str],
    steps: int,
    root: Path,
    launch: Launch,
    vidpred: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Windows of 4 of 12 frames, in batches of 2."""
    drawn: list[int] = []
    monkeypatch.setattr("vidpred.assembly.schedules.draw_schedules", lambda _, __, steps: drawn.append(steps))
    recipe = pose_recipe(root)
    recipe["train"]["steps_per_epoch"] = None
    shown = vidpred(
        "show", write(tmp_path / "shown.yaml", recipe), "--schedules", tmp_path / "s.png", *settings(*changes)
    )
    assert shown.code == 0 and drawn == [steps], shown
    ran = launch(recipe, *changes)
    assert ran.code == 0 and f"1 epoch of {steps} step" in ran.output, ran


def test_show_says_that_videos_are_too_short(root: Path, vidpred: Callable[..., Any], tmp_path: Path) -> None:
    recipe = pose_recipe(root, sequence={"past": 1, "future": 30})
    recipe["train"]["steps_per_epoch"] = None
    shown = vidpred("show", write(tmp_path / "shown.yaml", recipe), "--schedules", tmp_path / "s.png")
    assert f"{root}/train/train_img has 12 frames" in shown.output + shown.errors, shown
