"""Actions, positions and pushed toys."""

from __future__ import annotations

import numpy as np
import pytest

from vidpred.worlds.robot.motion import CLIMB, LIFTS, SPREADS, STRIDE, WORKSPACE, Motion, World, simulate_robot
from vidpred.worlds.robot.scene import TABLE
from vidpred.worlds.robot.toys import TOYS

DOWN, BALL, FLAT = LIFTS[0], 0, 4  # TOYS[4] is the lowest


def one_toy(toy: int, x: float, y: float, lift: int = 0) -> World:
    """A world with the gripper in the middle of the table, and one toy at this offset from it."""
    gripper = np.array([[0.62, 0.0, LIFTS[lift]]])
    return World(
        np.array([[toy]]), gripper[:, None, :2] + np.array([x, y]), np.zeros((1, 1)), gripper, np.array([SPREADS[0]])
    )


def gripper_gaps(motion: Motion) -> np.ndarray:
    """The gap between each toy's disc and the fingers, [N, 30, K] metres; infinite below a higher gripper."""
    scene = motion.scene
    reach, height = (
        np.array([getattr(toy, size) for toy in TOYS])[scene.toys][:, None] for size in ("reach", "height")
    )
    offset = scene.positions - scene.gripper[:, :, None, :2]
    offset[..., 1] = np.maximum(abs(offset[..., 1]) - scene.spread[..., None] / 2, 0)
    return np.where(scene.gripper[..., 2:] < height, np.linalg.norm(offset, axis=-1) - reach - 0.018, np.inf)


def test_actions_have_the_statistics_of_real_ones(motion: Motion) -> None:
    actions = motion.actions
    assert np.array_equal(actions[:, 0::2], actions[:, 1::2])
    assert abs(actions[..., :2]).max() <= STRIDE
    assert set(np.unique(actions[..., 2])) == {0, 1, 3}
    assert set(np.unique(actions[..., 3])) == {0, 1}
    assert abs(actions[..., :2]).mean((0, 1)) == pytest.approx([0.035, 0.035], abs=0.01)  # real: 0.039, 0.030
    assert (actions[..., 2] == 0).mean() == pytest.approx(0.67, abs=0.1)
    assert actions[..., 3].mean() == pytest.approx(0.2, abs=0.1)


def test_a_position_follows_from_the_previous_one_and_its_action(motion: Motion) -> None:
    before, after, action = motion.scene.gripper[:, :-1], motion.scene.gripper[:, 1:], motion.actions[:, :-1]
    assert after[..., :2] == pytest.approx(np.clip(before[..., :2] + action[..., :2], *WORKSPACE))
    height = np.vectorize(LIFTS.get)(action[..., 2])
    assert after[..., 2] == pytest.approx(before[..., 2] + np.clip(height - before[..., 2], -CLIMB, CLIMB))


def test_toys_stay_on_the_table_and_overlap_neither_each_other_nor_the_gripper(motion: Motion) -> None:
    scene = motion.scene
    reach = np.array([toy.reach for toy in TOYS])[scene.toys][:, None]
    assert (scene.positions >= TABLE[0] + reach[..., None] - 1e-9).all()
    assert (scene.positions <= TABLE[1] - reach[..., None] + 1e-9).all()
    assert gripper_gaps(motion).min() > -0.005
    distance = np.linalg.norm(scene.positions[:, :, :, None] - scene.positions[:, :, None], axis=-1) + np.eye(4)
    overlap = reach[..., None] + reach[..., None, :] - distance
    assert overlap.max() < 0.02
    assert (overlap > 0.002).mean() < 0.01


def test_a_toy_moves_when_it_is_touched_and_only_then(motion: Motion) -> None:
    """If a toy moves in a frame, the gripper touches one of the toys, which may have pushed others."""
    moved = abs(np.diff(motion.scene.positions, axis=1)).max(-1) > 1e-3
    touched = np.minimum(gripper_gaps(motion)[:, 1:], gripper_gaps(motion)[:, :-1]).min(-1) < STRIDE
    assert moved.any(2).mean() > 0.2
    assert not (moved.any(2) & ~touched).any()
    assert (moved.sum((1, 2)) > 0).mean() > 0.9


def test_a_push_moves_a_toy() -> None:
    pushed = one_toy(BALL, 0.10, 0)
    for _ in range(2):
        pushed.act(np.array([[0.06, 0, 0, 0]]))
    assert pushed.positions[0, 0] == pytest.approx([0.62 + 0.12 + 0.018 + TOYS[BALL].reach, 0])


def test_a_toy_beside_the_path_does_not_move() -> None:
    beside = one_toy(BALL, 0.10, 0.12)
    before = beside.positions.copy()
    beside.act(np.array([[0.07, 0, 0, 0]]))
    assert np.array_equal(beside.positions, before)


@pytest.mark.parametrize("toy, lift, passes", [(BALL, 1, False), (FLAT, 1, True), (BALL, 3, True), (FLAT, 0, False)])
def test_a_lifted_gripper_passes_over_lower_toys(toy: int, lift: int, passes: bool) -> None:
    over = one_toy(toy, 0.10, 0, lift)
    before = over.positions.copy()
    over.act(np.array([[0.07, 0, lift, 0]]))
    assert np.array_equal(over.positions, before) == passes


def test_an_opening_gripper_pushes_to_both_sides() -> None:
    beside = one_toy(BALL, 0, 0.05 + TOYS[BALL].reach)
    beside.act(np.array([[0, 0, 0, 1]]))
    assert beside.positions[0, 0, 1] == pytest.approx(SPREADS[1] / 2 + 0.018 + TOYS[BALL].reach)


def test_a_pushed_toy_pushes_the_next() -> None:
    gripper = np.array([[0.55, 0.0, DOWN]])
    row = World(
        np.array([[0, 5]]), np.array([[[0.64, 0.0], [0.75, 0.0]]]), np.zeros((1, 2)), gripper, np.array([SPREADS[0]])
    )
    row.act(np.array([[0.06, 0, 0, 0]]))
    assert row.positions[0, 1, 0] > 0.76


@pytest.mark.parametrize("seed, split, numbers", [(4, "train", [0]), (3, "test", [0]), (3, "train", [1])])
def test_seed_split_and_number_each_change_the_clip(motion: Motion, seed: int, split: str, numbers: list[int]) -> None:
    assert abs(simulate_robot(seed, split, numbers).actions[0] - motion.actions[0]).max() > 0.01
