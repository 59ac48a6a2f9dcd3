"""Skeleton images."""

from __future__ import annotations

import numpy as np

from tests.worlds.person.skeletons import colour_at, standing
from vidpred.worlds.person.body import Skeleton
from vidpred.worlds.person.frames import render_frames
from vidpred.worlds.person.labels import render_labels


def test_left_and_right_limbs_have_different_colours() -> None:
    stand = standing(left_raise=0.4, right_raise=0.4)
    label = render_labels(stand)[0]
    for start, end in (
        (stand.shoulders, stand.elbows),
        (stand.elbows, stand.wrists),
        (stand.hips, stand.knees),
        (stand.knees, stand.ankles),
    ):
        left, right = (start + end)[0] / 2
        assert abs(colour_at(label, left) - colour_at(label, right)).max() > 0.3
    left, right = (colour_at(label, (stand.shoulders + stand.elbows)[0, side] / 2) for side in (0, 1))
    assert right[0] > 0.9 > 0.7 > left[0]  # warm for the right arm, green for the left one
    swapped = Skeleton._make(part if part.ndim == 2 else part[:, ::-1] for part in stand)
    assert (abs(render_labels(swapped)[0] / 255.0 - label / 255.0).max(-1) > 0.3).sum() > 25


def test_a_skeleton_image_shows_limbs_that_the_body_hides() -> None:
    aside = standing(np.pi / 2, left_raise=0.0, right_raise=0.6, right_out=0.0)
    elbow = aside.elbows[0, 0]  # behind the chest
    assert colour_at(render_labels(aside)[0], elbow).min() < 0.6
    red, green, blue = colour_at(render_frames(aside)[0], elbow)
    assert red > 2 * max(green, blue)  # the shirt
