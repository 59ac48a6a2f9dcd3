"""Frames agree with their skeletons and look like real data."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from tests.worlds.person.skeletons import ALL_COLUMNS, TRAIN, VAL, body_mask, boxes, colour_at, psnr, standing
from vidpred.worlds.person.body import Skeleton
from vidpred.worlds.person.camera import HEIGHT, WIDTH, project_points
from vidpred.worlds.person.frames import render_frames
from vidpred.worlds.person.labels import render_labels
from vidpred.worlds.person.motion import simulate_person
from vidpred.worlds.person.room import FLOOR


def test_person_and_skeleton_are_at_the_same_position(
    frames: np.ndarray, label_images: np.ndarray, joints: np.ndarray, empty: np.ndarray
) -> None:
    visible = ((joints > 1) & (joints < [HEIGHT - 1, WIDTH - 1])).all((1, 2))
    assert visible.mean() > 0.7
    lines = label_images.min(-1) < 0.6
    masks = body_mask(frames, empty)
    difference = (boxes(masks) - boxes(lines))[visible]
    assert abs(difference).max() <= 3
    assert abs(difference.mean(0)).max() < 1.5  # hair is higher than eyes
    assert (lines & masks)[visible].sum() > 0.9 * lines[visible].sum()


def test_a_frame_without_a_skeleton_shows_the_empty_room(
    frames: np.ndarray, label_images: np.ndarray, joints: np.ndarray, empty: np.ndarray
) -> None:
    white = label_images.min((1, 2, 3)) == 1
    assert 10 < white.sum() < 0.1 * TRAIN
    assert np.array_equal(frames[white], np.broadcast_to(empty, frames[white].shape))
    inside = np.minimum(joints[..., 1].max(1), WIDTH - joints[..., 1].min(1)) > 1
    assert not (inside & white).any()
    assert abs(frames - empty).max((1, 2, 3))[inside].min() > 0.1


def test_frames_differ_from_the_room_only_near_the_skeleton(
    frames: np.ndarray, joints: np.ndarray, empty: np.ndarray
) -> None:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    for frame, points in zip(frames[::50], joints[::50], strict=True):
        distance = np.sqrt((rows[..., None] - points[:, 0]) ** 2 + (columns[..., None] - points[:, 1]) ** 2).min(-1)
        assert not (abs(frame - empty).max(-1) > 0)[(distance > 6) & (rows < FLOOR)].any()
        assert not (abs(frame - empty).max(-1) > 0.5)[distance > 6].any()


def test_rendering_strips_equals_rendering_all_columns(
    skeleton: Skeleton, frames: np.ndarray, label_images: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("frames", "labels"):
        monkeypatch.setattr(
            f"vidpred.worlds.person.{module}.strips", lambda points, _: [(slice(0, len(points)), ALL_COLUMNS)]
        )
    beginning = skeleton.cut(slice(200))
    assert abs(render_frames(beginning) / 255.0 - frames[:200]).max() < 0.01
    assert abs(render_labels(beginning) / 255.0 - label_images[:200]).max() < 0.01


def test_near_limbs_hide_far_limbs() -> None:
    for heading, near in ((np.pi / 2, 1), (-np.pi / 2, 0)):  # a person facing right shows the right arm
        aside = standing(heading, left_raise=0.0, right_raise=0.0)
        frame = render_frames(aside)[0]
        red, _, blue = colour_at(frame, aside.wrists[0, near])
        assert red > 1.3 * blue  # skin before the trousers
        far_arm_down = render_frames(
            standing(heading, **{f"{('left', 'right')[near]}_raise": 2.9, f"{('left', 'right')[1 - near]}_raise": 0.0})
        )[0]
        red, _, blue = colour_at(far_arm_down, aside.wrists[0, near])
        assert blue > red  # the far arm stays behind them


def test_a_head_has_a_face_in_front_and_hair_behind() -> None:
    front, back = standing(0.0), standing(np.pi)
    face, hair = (
        colour_at(render_frames(view)[0], view.ears[0].mean(0) - np.array([0, 0, 0.02])) for view in (front, back)
    )
    assert face.mean() > 0.4 and face[0] > 1.2 * face[2]
    assert hair.mean() < 0.25
    assert colour_at(render_frames(front)[0], front.ears[0].mean(0) + np.array([0, 0, 0.12])).mean() < 0.3


def test_a_person_seen_from_the_side_is_narrower(empty: np.ndarray) -> None:
    widths = [
        np.ptp(np.nonzero(body_mask(render_frames(standing(heading)) / 255.0, empty)[0, 8:14])[1])
        for heading in (0, np.pi / 2, np.pi)
    ]
    assert widths[0] == widths[2] > widths[1] + 2


def test_limbs_are_lit_from_the_left_and_feet_cast_a_shadow(empty: np.ndarray) -> None:
    stand = standing(left_raise=1.6, right_raise=1.6, y=-0.8)
    frame = render_frames(stand)[0] / 255.0
    chest = frame[int(project_points(stand.neck[0])[0]) + 4, :, 0]
    columns = project_points(stand.shoulders[0])[:, 1].astype(int)
    assert chest[columns[1]] > 1.15 * chest[columns[0]]
    below = project_points(np.append(stand.hip[0, :2], 0))
    assert (frame / empty)[int(below[0]) + 1, int(below[1])].max() < 0.85


def test_the_room_has_contrast_and_texture(empty: np.ndarray) -> None:
    assert empty.min() > 0.1 and empty.max() <= 1
    assert abs(empty[FLOOR:].mean((0, 1)) - empty[:FLOOR].mean((0, 1))).max() > 0.1
    assert empty[:FLOOR].std(1).max() > 0.08


def test_the_person_covers_as_many_pixels_as_in_real_data(
    frames: np.ndarray, label_images: np.ndarray, empty: np.ndarray
) -> None:
    visible = label_images.min((1, 2, 3)) < 1
    share = body_mask(frames, empty)[visible].mean((1, 2))
    assert 0.04 < np.median(share) < 0.08  # real: 0.05
    assert share.max() < 0.15


@pytest.mark.parametrize("seed", range(3))
def test_copying_the_first_frame_is_a_poor_prediction(seed: int) -> None:
    for split, length in (("train", TRAIN), ("val", VAL)):
        images = render_frames(simulate_person(seed, split, 0, length)) / 255.0
        assert 15 < psnr(images[1:], images[0]).mean() < 20  # real: 19.6 and 18.0 dB
        assert np.median(psnr(images[1:], images[:-1])) > 27  # though from frame to frame, little changes


def test_rendering_imports_no_torch() -> None:
    modules = "vidpred.worlds.person.frames, vidpred.worlds.person.labels, vidpred.worlds.person.motion"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
