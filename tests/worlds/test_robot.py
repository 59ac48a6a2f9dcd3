"""The rendered robot world: BAIR's layout, true to its actions, the same from the same seed."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vidpred.builtin.datasets.bair.dataset import BairRobot
from vidpred.io.png import encode_frames, write_frames
from vidpred.worlds.robot import motion as robot, write
from vidpred.worlds.robot.motion import World, simulate
from vidpred.worlds.robot.scene import TABLE, render
from vidpred.worlds.robot.toys import TOYS

DOWN, BALL, FLAT = robot.LIFTS[0], 0, 4  # TOYS[4] is the lowest


@pytest.fixture(scope="module")
def motion() -> robot.Motion:
    return simulate(3, "train", range(20))


@pytest.fixture(scope="module")
def frames(motion: robot.Motion) -> np.ndarray:
    """[20, 30, 64, 64, 3] in 0..1."""
    return render(motion.scene) / 255.0


def world(toy: int, x: float, y: float, lift: int = 0) -> World:
    """A gripper in the middle of the table, and one toy at this distance from it."""
    gripper = np.array([[0.62, 0.0, robot.LIFTS[lift]]])
    return World(
        np.array([[toy]]),
        gripper[:, None, :2] + np.array([x, y]),
        np.zeros((1, 1)),
        gripper,
        np.array([robot.SPREADS[0]]),
    )


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def gaps(seen: robot.Motion) -> np.ndarray:
    """Between each toy's disc and the fingers, [N, 30, K] metres; endless for a gripper that is higher than the toy."""
    scene = seen.scene
    reach, height = (
        np.array([getattr(toy, size) for toy in TOYS])[scene.toys][:, None] for size in ("reach", "height")
    )
    apart = scene.places - scene.gripper[:, :, None, :2]
    apart[..., 1] = np.maximum(abs(apart[..., 1]) - scene.spread[..., None] / 2, 0)
    return np.where(scene.gripper[..., 2:] < height, np.linalg.norm(apart, axis=-1) - reach - 0.018, np.inf)


# ---- on disk ----


def test_a_written_world_reads_back_as_robot_pushing(tmp_path: Path) -> None:
    write(tmp_path, 5, {"train": 3, "validate": 1, "test": 2})
    data = BairRobot(BairRobot.Config(root=tmp_path))
    assert [len(data.split(name).lengths) for name in ("train", "validate", "test")] == [3, 1, 2]
    split, seen = data.split("test"), simulate(5, "test", range(2))
    assert not list(split.problems(range(2)))
    sample = split.read(1, 0, 30)
    assert torch.equal(sample.frames, torch.from_numpy(render(seen.scene)[1]).permute(0, 3, 1, 2))
    table = np.concatenate([seen.actions[1], seen.scene.gripper[1]], 1).astype(np.float32)
    assert torch.equal(sample.conditions, torch.from_numpy(table))


def test_shards_hold_256_trajectories_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidpred.worlds.robot._SHARD", 2)
    write(tmp_path, 0, {"train": 3})
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/*/*")) == [
        "train/traj_0_to_1/0",
        "train/traj_0_to_1/1",
        "train/traj_2_to_3/0",
    ]


def test_a_clip_is_the_same_whatever_the_number_of_clips(tmp_path: Path) -> None:
    for root, clips in (("few", 2), ("more", 7)):
        write(tmp_path / root, 9, {"train": clips})
    few, more = contents(tmp_path / "few"), contents(tmp_path / "more")
    assert len(few) == 2 * 32
    assert few.items() <= more.items()


def test_a_clip_is_the_same_whatever_the_number_of_workers_and_the_size_of_their_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "default", 9, {"train": 5, "test": 2})
    monkeypatch.setattr("vidpred.worlds.robot._JOB", 1)
    for workers in (1, 4):
        monkeypatch.setattr("os.cpu_count", lambda workers=workers: workers)
        write(tmp_path / f"{workers}", 9, {"train": 5, "test": 2})
        assert contents(tmp_path / f"{workers}") == contents(tmp_path / "default")


def test_tables_are_those_of_savetxt(tmp_path: Path, motion: robot.Motion) -> None:
    write(tmp_path, 3, {"train": 1})
    for name, values in (("actions", motion.actions[0]), ("endeffector_positions", motion.scene.gripper[0])):
        np.savetxt(tmp_path / name, values, delimiter=",")
        assert (tmp_path / f"train/traj_0_to_255/0/{name}.csv").read_text() == (tmp_path / name).read_text()


def test_files_are_as_small_as_pillows(motion: robot.Motion) -> None:
    frames = render(motion.scene._replace(**{name: values[:1] for name, values in motion.scene._asdict().items()}))[0]
    ours = sum(map(len, encode_frames(frames)))
    pillows = 0
    for frame in frames:
        Image.fromarray(frame).save(file := BytesIO(), "PNG", compress_level=1)
        pillows += len(file.getvalue())
    assert ours < 1.05 * pillows


@pytest.mark.parametrize("shape", [(3, 64, 64), (2, 32, 64), (1, 5, 1), (2, 1, 300), (0, 4, 4)])
def test_pngs_hold_the_frames_to_the_bit(tmp_path: Path, shape: tuple[int, int, int]) -> None:
    frames = np.random.default_rng(0).integers(256, size=(*shape, 3), dtype=np.uint8)
    write_frames(tmp_path / "new/folder", frames)
    assert len(list(tmp_path.rglob("*.png"))) == len(frames)
    for t, frame in enumerate(frames):
        with Image.open(tmp_path / f"new/folder/{t}.png") as picture:
            assert picture.mode == "RGB"
            assert np.array_equal(picture, frame)
        with Image.open(tmp_path / f"new/folder/{t}.png") as picture:
            picture.verify()  # the sums of all its parts


@pytest.mark.parametrize("seed, split, numbers", [(4, "train", [0]), (3, "test", [0]), (3, "train", [1])])
def test_seeds_splits_and_numbers_give_clips_of_their_own(
    motion: robot.Motion, seed: int, split: str, numbers: list[int]
) -> None:
    assert abs(simulate(seed, split, numbers).actions[0] - motion.actions[0]).max() > 0.01


def test_a_job_that_fails_is_heard_of(tmp_path: Path) -> None:
    (tmp_path / "train").write_text("no folder")
    with pytest.raises(OSError, match="train"):
        write(tmp_path, 0, {"train": 1})


# ---- actions and positions ----


def test_actions_have_the_habits_of_real_ones(motion: robot.Motion) -> None:
    actions = motion.actions
    assert np.array_equal(actions[:, 0::2], actions[:, 1::2])
    assert abs(actions[..., :2]).max() <= robot.STRIDE
    assert set(np.unique(actions[..., 2])) == {0, 1, 3}
    assert set(np.unique(actions[..., 3])) == {0, 1}
    assert abs(actions[..., :2]).mean((0, 1)) == pytest.approx([0.035, 0.035], abs=0.01)  # real: 0.039, 0.030
    assert (actions[..., 2] == 0).mean() == pytest.approx(0.67, abs=0.1)
    assert actions[..., 3].mean() == pytest.approx(0.2, abs=0.1)


def test_a_position_follows_from_the_one_before_and_its_action(motion: robot.Motion) -> None:
    here, there, action = motion.scene.gripper[:, :-1], motion.scene.gripper[:, 1:], motion.actions[:, :-1]
    assert there[..., :2] == pytest.approx(np.clip(here[..., :2] + action[..., :2], *robot.WORKSPACE))
    height = np.vectorize(robot.LIFTS.get)(action[..., 2])
    assert there[..., 2] == pytest.approx(here[..., 2] + np.clip(height - here[..., 2], -robot.CLIMB, robot.CLIMB))


# ---- pushing ----


def test_toys_stay_on_the_table_and_out_of_each_other_and_of_the_gripper(motion: robot.Motion) -> None:
    scene = motion.scene
    reach = np.array([toy.reach for toy in TOYS])[scene.toys][:, None]
    assert (scene.places >= TABLE[0] + reach[..., None] - 1e-9).all()
    assert (scene.places <= TABLE[1] - reach[..., None] + 1e-9).all()
    assert gaps(motion).min() > -0.005
    apart = np.linalg.norm(scene.places[:, :, :, None] - scene.places[:, :, None], axis=-1) + np.eye(4)
    overlap = reach[..., None] + reach[..., None, :] - apart
    assert overlap.max() < 0.02
    assert (overlap > 0.002).mean() < 0.01


def test_a_toy_moves_when_it_is_touched_and_only_then(motion: robot.Motion) -> None:
    """A frame in which a toy moves has the gripper at one of the toys, which may have shoved others."""
    moved = abs(np.diff(motion.scene.places, axis=1)).max(-1) > 1e-3
    touched = np.minimum(gaps(motion)[:, 1:], gaps(motion)[:, :-1]).min(-1) < robot.STRIDE
    assert moved.any(2).mean() > 0.2
    assert not (moved.any(2) & ~touched).any()
    assert (moved.sum((1, 2)) > 0).mean() > 0.9


def test_a_push_carries_a_toy_along() -> None:
    pushed = world(BALL, 0.10, 0)
    for _ in range(2):
        pushed.act(np.array([[0.06, 0, 0, 0]]))
    assert pushed.places[0, 0] == pytest.approx([0.62 + 0.12 + 0.018 + TOYS[BALL].reach, 0])


def test_what_is_not_in_the_way_stays() -> None:
    beside = world(BALL, 0.10, 0.12)
    before = beside.places.copy()
    beside.act(np.array([[0.07, 0, 0, 0]]))
    assert np.array_equal(beside.places, before)


@pytest.mark.parametrize("toy, lift, passes", [(BALL, 1, False), (FLAT, 1, True), (BALL, 3, True), (FLAT, 0, False)])
def test_a_lifted_gripper_passes_over_what_is_lower(toy: int, lift: int, passes: bool) -> None:
    over = world(toy, 0.10, 0, lift)
    before = over.places.copy()
    over.act(np.array([[0.07, 0, lift, 0]]))
    assert np.array_equal(over.places, before) == passes


def test_an_opening_gripper_pushes_to_both_sides() -> None:
    beside = world(BALL, 0, 0.05 + TOYS[BALL].reach)
    beside.act(np.array([[0, 0, 0, 1]]))
    assert beside.places[0, 0, 1] == pytest.approx(robot.SPREADS[1] / 2 + 0.018 + TOYS[BALL].reach)


def test_a_pushed_toy_shoves_the_next() -> None:
    gripper = np.array([[0.55, 0.0, DOWN]])
    row = World(
        np.array([[0, 5]]),
        np.array([[[0.64, 0.0], [0.75, 0.0]]]),
        np.zeros((1, 2)),
        gripper,
        np.array([robot.SPREADS[0]]),
    )
    row.act(np.array([[0.06, 0, 0, 0]]))
    assert row.places[0, 1, 0] > 0.76


# ---- pictures ----


def test_copying_a_frame_is_as_wrong_as_in_real_clips(frames: np.ndarray) -> None:
    error = ((frames[:, 2:12] - frames[:, 1:2]) ** 2).mean((2, 3, 4))
    assert 14 < (-10 * np.log10(error)).mean() < 19  # real clips: 14.8 to 18.2


def test_nearly_all_error_is_the_arm_and_what_it_pushes(
    motion: robot.Motion, frames: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shadows apart, nothing else in the picture changes."""
    monkeypatch.setattr("vidpred.worlds.robot.scene._shadow", lambda *_: None)
    bare = render(motion.scene) / 255.0
    solid = abs(bare[:, 2:12] - bare[:, 1:2]).max(-1) > 1 / 255
    error = ((frames[:, 2:12] - frames[:, 1:2]) ** 2).sum(-1)
    assert error[solid].sum() / error.sum() > 0.95
    assert (error > 0).mean() < 0.25


@pytest.mark.parametrize(
    "change", [{"gripper": (0, 0.06, 0)}, {"gripper": (0, 0, 0.15)}, {"spread": 0.04}], ids=["where", "height", "open"]
)
def test_where_how_high_and_how_open_is_to_be_seen(
    motion: robot.Motion, frames: np.ndarray, change: dict[str, object]
) -> None:
    still = motion.scene._replace(
        **{name: getattr(motion.scene, name) + np.array(more) for name, more in change.items()}
    )
    assert (abs(render(still) / 255.0 - frames).max(-1) > 0.1).sum((2, 3)).min() >= 4
