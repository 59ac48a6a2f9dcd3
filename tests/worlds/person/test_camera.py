"""The camera's projection."""

from __future__ import annotations

import numpy as np
import pytest

from vidpred.worlds.person.camera import EYE, WIDTH, floor_position, project_points


def test_floor_position_inverts_the_projection() -> None:
    ground = np.stack([*np.meshgrid(np.linspace(-2, 2, 5), np.linspace(-1.5, 1.5, 4)), np.zeros((4, 5))], -1)
    rows, columns = np.moveaxis(project_points(ground), -1, 0)
    assert np.stack(floor_position(rows, columns), -1) == pytest.approx(ground[..., :2])
    assert project_points(np.array([EYE[0], 0.0, 0.0]))[1] == WIDTH / 2
