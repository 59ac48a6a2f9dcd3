"""Some rendered clips, shared by the tests."""

from __future__ import annotations

import numpy as np
import pytest

from vidpred.worlds.robot.motion import Motion, simulate_robot
from vidpred.worlds.robot.scene import render


@pytest.fixture(scope="session")
def motion() -> Motion:
    return simulate_robot(3, "train", range(20))


@pytest.fixture(scope="session")
def frames(motion: Motion) -> np.ndarray:
    """[20, 30, 64, 64, 3] in 0..1."""
    return render(motion.scene) / 255.0
