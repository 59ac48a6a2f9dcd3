"""The person moves continuously, and like a person."""

from __future__ import annotations

import numpy as np
import pytest

from tests.worlds.person.skeletons import TRAIN, VAL
from vidpred.worlds.person.body import SHANK, THIGH, Skeleton, Stance, pose_skeleton
from vidpred.worlds.person.camera import WIDTH, project_points
from vidpred.worlds.person.gait import walk_path
from vidpred.worlds.person.labels import render_labels
from vidpred.worlds.person.motion import simulate_person


@pytest.mark.parametrize("seed", range(4))
def test_motion_is_continuous(seed: int) -> None:
    joints = simulate_person(seed, "train", 0, TRAIN).joints()
    columns = project_points(joints)[..., 1]
    inside = ((columns > 0) & (columns < WIDTH)).any(1)
    moved = np.linalg.norm(np.diff(project_points(joints), axis=0), axis=-1)[inside[1:] & inside[:-1]]
    assert moved.max() < 4.5
    assert np.percentile(moved, 99) < 3
    assert np.linalg.norm(np.diff(joints, axis=0), axis=-1).max() < 0.45
    jerk = np.linalg.norm(np.diff(joints[:, 2], 2, axis=0), axis=-1)  # of the hips
    assert jerk.max() < 0.06


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("split, length, times", [("train", TRAIN, 3), ("val", VAL, 1)])
def test_the_person_leaves_and_returns(seed: int, split: str, length: int, times: int) -> None:
    away = (render_labels(simulate_person(seed, split, 0, length)).min((1, 2, 3)) == 255).astype(int)
    assert (np.diff(away) == 1).sum() >= times
    assert (np.diff(away) == -1).sum() >= times
    assert not away[0]


def test_bones_keep_their_length(skeleton: Skeleton) -> None:
    for start, end, longest in (
        (skeleton.hips, skeleton.knees, THIGH),
        (skeleton.knees, skeleton.ankles, SHANK),
        (skeleton.shoulders, skeleton.elbows, 0.29),
        (skeleton.elbows, skeleton.wrists, 0.25),
        (skeleton.neck, skeleton.hip, 0.5),
    ):
        assert np.linalg.norm(start - end, axis=-1) == pytest.approx(longest)


def test_knees_bend_forwards_and_feet_stay_on_the_floor(skeleton: Skeleton) -> None:
    ahead = skeleton.nose - skeleton.ears.mean(1)
    ahead = (ahead / np.linalg.norm(ahead, axis=-1, keepdims=True))[:, None]
    middle = (skeleton.hips + skeleton.ankles) / 2
    level = np.array([1, 1, 0])
    assert ((skeleton.knees - middle) * ahead * level).sum(
        -1
    ).min() > -0.06  # slightly below 0: thighs are longer than shanks
    assert skeleton.toes[..., 2].min() >= 0.02
    assert skeleton.ankles[..., 2].min() > 0.07
    assert (skeleton.ankles[..., 2].min(1) < 0.15).all()  # the person never floats


def test_planted_feet_do_not_slide(skeleton: Skeleton) -> None:
    speed = np.linalg.norm(np.diff(skeleton.hip[..., :2], axis=0), axis=-1)
    foot = np.linalg.norm(np.diff(skeleton.ankles[..., :2], axis=0), axis=-1)
    walking = speed > 0.05
    assert walking.mean() > 0.2
    assert np.percentile(foot.min(1)[walking], 80) < 0.012  # metres; the body moves five times as far
    assert np.median(foot.max(1)[walking]) > 0.1


def test_arms_swing_opposite_to_legs() -> None:
    path = np.linspace(-1, 1, 34)  # to the right, at 0.06 m a frame
    stance = Stance._make(
        np.full(34, value) for value in (0.0, 0.0, np.pi / 2, 0.0, 0.0, 0.0, 0.1, 1.6, 0.2, 0.1, 1.6, 0.2)
    )._replace(x=path)
    walk = pose_skeleton(stance, walk_path(stance.x, stance.y, stance.heading))
    legs = walk.ankles[:, 0, 0] - walk.ankles[:, 1, 0]
    arms = walk.wrists[:, 0, 0] - walk.wrists[:, 1, 0]
    assert np.ptp(legs) > 1 and np.ptp(arms) > 0.5
    assert np.corrcoef(legs, arms)[0, 1] < -0.9


def test_all_kinds_of_moves_occur(skeleton: Skeleton) -> None:
    facing = skeleton.nose - skeleton.ears.mean(1)
    facing = facing / np.linalg.norm(facing, axis=-1, keepdims=True)
    assert (facing[:, 1] < -0.8).mean() > 0.25  # to the camera
    assert (facing[:, 0] > 0.8).mean() > 0.1 and (facing[:, 0] < -0.8).mean() > 0.1
    assert (facing[:, 1] > 0.8).any()
    assert (skeleton.wrists[..., 2].max(1) > skeleton.nose[:, 2]).any()  # arms up
    assert (skeleton.hip[:, 2] < 0.7).any()  # squats and lunges
    lean = (skeleton.neck - skeleton.hip)[:, 2]
    assert (lean < 0.35).any() and np.median(lean) > 0.49  # bows
    assert np.ptp(skeleton.hip[:, 1]) > 1.2  # nearer and farther off


@pytest.mark.parametrize("seed, split, number", [(4, "train", 0), (3, "val", 0), (3, "train", 1)])
def test_seed_split_and_number_each_change_the_motion(skeleton: Skeleton, seed: int, split: str, number: int) -> None:
    distance = abs(simulate_person(seed, split, number, 100).joints() - skeleton.joints()[:100]).max((1, 2))
    assert np.median(distance) > 0.2


@pytest.mark.parametrize("length", [1, 2, 17, 300])
def test_a_shorter_video_is_the_beginning_of_a_longer_one(skeleton: Skeleton, length: int) -> None:
    assert simulate_person(3, "train", 0, length).joints() == pytest.approx(skeleton.joints()[:length], abs=1e-9)
