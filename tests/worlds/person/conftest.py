"""One long rendered video, shared by the tests."""

from __future__ import annotations

import numpy as np
import pytest

from tests.worlds.person.skeletons import TRAIN
from vidpred.worlds.person.body import Skeleton
from vidpred.worlds.person.camera import project_points
from vidpred.worlds.person.frames import render_frames
from vidpred.worlds.person.labels import render_labels
from vidpred.worlds.person.motion import simulate_person
from vidpred.worlds.person.room import empty_room


@pytest.fixture(scope="session")
def skeleton() -> Skeleton:
    return simulate_person(3, "train", 0, TRAIN)


@pytest.fixture(scope="session")
def frames(skeleton: Skeleton) -> np.ndarray:
    """[1200, 32, 64, 3] in 0..1."""
    return render_frames(skeleton) / 255.0


@pytest.fixture(scope="session")
def label_images(skeleton: Skeleton) -> np.ndarray:
    """[1200, 32, 64, 3] in 0..1."""
    return render_labels(skeleton) / 255.0


@pytest.fixture(scope="session")
def joints(skeleton: Skeleton) -> np.ndarray:
    """[1200, 21, 2], row and column."""
    return project_points(skeleton.joints())


@pytest.fixture(scope="session")
def empty() -> np.ndarray:
    """The empty room, [32, 64, 3] in 0..1, rounded to 256 steps as in PNGs."""
    return (empty_room().transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8) / 255.0
