"""Rendered frames."""

from __future__ import annotations

import numpy as np
import pytest

from vidpred.worlds.robot.motion import Motion
from vidpred.worlds.robot.scene import render


def test_copying_a_frame_has_the_error_of_real_clips(frames: np.ndarray) -> None:
    error = ((frames[:, 2:12] - frames[:, 1:2]) ** 2).mean((2, 3, 4))
    assert 14 < (-10 * np.log10(error)).mean() < 19  # real clips: 14.8 to 18.2


def test_nearly_all_error_is_the_arm_and_the_toys_that_it_pushes(
    motion: Motion, frames: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Except for shadows, nothing else in the image changes."""
    monkeypatch.setattr("vidpred.worlds.robot.scene._darken", lambda *_: None)
    bare = render(motion.scene) / 255.0
    solid = abs(bare[:, 2:12] - bare[:, 1:2]).max(-1) > 1 / 255
    error = ((frames[:, 2:12] - frames[:, 1:2]) ** 2).sum(-1)
    assert error[solid].sum() / error.sum() > 0.95
    assert (error > 0).mean() < 0.25


@pytest.mark.parametrize(
    "change",
    [{"gripper": (0, 0.06, 0)}, {"gripper": (0, 0, 0.15)}, {"spread": 0.04}],
    ids=["position", "height", "opening"],
)
def test_position_height_and_opening_of_the_gripper_are_visible(
    motion: Motion, frames: np.ndarray, change: dict[str, object]
) -> None:
    changed = motion.scene._replace(
        **{name: getattr(motion.scene, name) + np.array(offset) for name, offset in change.items()}
    )
    assert (abs(render(changed) / 255.0 - frames).max(-1) > 0.1).sum((2, 3)).min() >= 4
