"""The rendered person: the layout of pose video, frames that agree with their skeletons, motion that is a person's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import distance_transform_edt  # type: ignore[import-untyped]
from skimage.draw import polygon2mask

from vidpred.worlds.person import labels, person, write
from vidpred.worlds.person.body import SHANK, THIGH, Skeleton, Stance, skeleton
from vidpred.worlds.person.camera import EYE, HEIGHT, WIDTH, floor, project
from vidpred.worlds.person.gait import steps
from vidpred.worlds.person.motion import simulate
from vidpred.worlds.person.room import FLOOR, room
from vidpred.worlds.person.shapes import capsule, lay, line, slab

TRAIN, VAL = 1200, 250
ALL = slice(0, WIDTH)


@pytest.fixture(scope="module")
def seen() -> Skeleton:
    return simulate(3, "train", 0, TRAIN)


@pytest.fixture(scope="module")
def frames(seen: Skeleton) -> np.ndarray:
    """[1200, 32, 64, 3] in 0..1."""
    return person.draw(seen) / 255.0


@pytest.fixture(scope="module")
def drawn(seen: Skeleton) -> np.ndarray:
    """[1200, 32, 64, 3] in 0..1."""
    return labels.draw(seen) / 255.0


@pytest.fixture(scope="module")
def places(seen: Skeleton) -> np.ndarray:
    """[1200, 21, 2], row and column."""
    return project(seen.joints())


@pytest.fixture(scope="module")
def empty() -> np.ndarray:
    """[32, 64, 3] in 0..1, in whole steps as PNGs have them."""
    return (room().transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8) / 255.0


def posed(heading: float = 0.0, **changes: float) -> Skeleton:
    """Two frames of somebody who stands still in the middle, arms hanging."""
    rest = {
        "x": 0.0,
        "y": 0.0,
        "bend": 0.0,
        "crouch": 0.0,
        "split": 0.0,
        "left_raise": 0.1,
        "left_out": np.pi / 2,
        "left_elbow": 0.0,
        "right_raise": 0.1,
        "right_out": np.pi / 2,
        "right_elbow": 0.0,
        "heading": heading,
    }
    stance = Stance(**{name: np.full(2, value) for name, value in (rest | changes).items()})
    return skeleton(stance, steps(stance.x, stance.y, stance.heading))


def at(picture: np.ndarray, joint: np.ndarray) -> np.ndarray:
    """The colour of the pixel where a joint [3] is seen."""
    row, column = project(joint)
    return picture[int(row), int(column)] / 255.0


def body(frames: np.ndarray, empty: np.ndarray) -> np.ndarray:
    """Which pixels show the person [T, 32, 64]: on the floor, a shadow darkens the room evenly and not wholly."""
    left = np.clip((frames * empty).sum(-1) / (empty * empty).sum(-1), 0, 1)
    unlike = np.where(
        np.arange(HEIGHT)[:, None] < FLOOR, abs(frames - empty).max(-1), abs(frames - left[..., None] * empty).max(-1)
    )
    return (unlike > 0.1) | (left < 0.26)


def boxes(masks: np.ndarray) -> np.ndarray:
    """The first and the last row and column of masks [T, 32, 64], as [T, 4]."""
    rows, columns = masks.any(-1), masks.any(-2)
    return np.stack(
        [
            rows.argmax(-1),
            HEIGHT - 1 - rows[:, ::-1].argmax(-1),
            columns.argmax(-1),
            WIDTH - 1 - columns[:, ::-1].argmax(-1),
        ],
        -1,
    )


def psnr(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(-10 * np.log10(((a - b) ** 2).mean((-1, -2, -3)) + 1e-12))


# ---- on disk ----


def test_the_layout_is_that_of_pose_video(tmp_path: Path) -> None:
    write(tmp_path, 5, train=12, val=7, test=[4, 3])
    wanted = {
        f"{split}/{split}_{what}/{t}.png"
        for split, length in (("train", 12), ("val", 7))
        for what in ("img", "label")
        for t in range(length)
    }
    wanted |= {f"test/test_label/{k}/{t}.png" for k, length in enumerate((4, 3)) for t in range(length)}
    wanted |= {"test/test_img/0/0.png", "test/test_img/1/0.png"}
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == wanted
    for name in wanted:
        with Image.open(tmp_path / name) as image:
            assert (image.format, image.mode, image.size) == ("PNG", "RGB", (64, 32))


def test_files_hold_what_is_drawn_in_order(tmp_path: Path) -> None:
    write(tmp_path, 5, train=12, val=3, test=[4, 3])
    train = simulate(5, "train", 0, 12)
    for folder, made in (
        ("train/train_img", person.draw(train)),
        ("train/train_label", labels.draw(train)),
        ("val/val_img", person.draw(simulate(5, "val", 0, 3))),
        ("test/test_img/1", person.draw(simulate(5, "test", 1, 1))),
        ("test/test_label/1", labels.draw(simulate(5, "test", 1, 3))),
    ):
        files = sorted((tmp_path / folder).iterdir(), key=lambda path: int(path.stem))
        assert np.array_equal(np.stack([np.asarray(Image.open(file)) for file in files]), made)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for root in ("one", "two"):
        write(tmp_path / root, 9, train=40, val=5, test=[20])
    files = [path for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert len(files) == 2 * 45 + 21
    for file in files:
        assert file.read_bytes() == (tmp_path / "two" / file.relative_to(tmp_path / "one")).read_bytes()


@pytest.mark.parametrize("seed, split, number", [(4, "train", 0), (3, "val", 0), (3, "train", 1)])
def test_seeds_splits_and_numbers_give_motion_of_their_own(seen: Skeleton, seed: int, split: str, number: int) -> None:
    apart = abs(simulate(seed, split, number, 100).joints() - seen.joints()[:100]).max((1, 2))
    assert np.median(apart) > 0.2


@pytest.mark.parametrize("length", [1, 2, 17, 300])
def test_a_shorter_video_is_the_beginning_of_a_longer_one(seen: Skeleton, length: int) -> None:
    assert simulate(3, "train", 0, length).joints() == pytest.approx(seen.joints()[:length], abs=1e-9)


def test_it_needs_no_torch() -> None:
    code = "import sys, vidpred.worlds.person; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---- a frame and its skeleton ----


def test_the_person_is_where_the_skeleton_is(
    frames: np.ndarray, drawn: np.ndarray, places: np.ndarray, empty: np.ndarray
) -> None:
    whole = ((places > 1) & (places < [HEIGHT - 1, WIDTH - 1])).all((1, 2))
    assert whole.mean() > 0.7
    lines = drawn.min(-1) < 0.6
    masks = body(frames, empty)
    apart = (boxes(masks) - boxes(lines))[whole]
    assert abs(apart).max() <= 3
    assert abs(apart.mean(0)).max() < 1.5  # hair is higher than eyes
    assert (lines & masks)[whole].sum() > 0.9 * lines[whole].sum()


def test_nothing_is_seen_where_the_skeleton_is_white(
    frames: np.ndarray, drawn: np.ndarray, places: np.ndarray, empty: np.ndarray
) -> None:
    white = drawn.min((1, 2, 3)) == 1
    assert 10 < white.sum() < 0.1 * TRAIN
    assert np.array_equal(frames[white], np.broadcast_to(empty, frames[white].shape))
    inside = np.minimum(places[..., 1].max(1), WIDTH - places[..., 1].min(1)) > 1
    assert not (inside & white).any()
    assert abs(frames - empty).max((1, 2, 3))[inside].min() > 0.1


def test_nothing_changes_but_around_the_skeleton(frames: np.ndarray, places: np.ndarray, empty: np.ndarray) -> None:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    for frame, joints in zip(frames[::50], places[::50], strict=True):
        near = np.sqrt((rows[..., None] - joints[:, 0]) ** 2 + (columns[..., None] - joints[:, 1]) ** 2).min(-1)
        assert not (abs(frame - empty).max(-1) > 0)[(near > 6) & (rows < FLOOR)].any()
        assert not (abs(frame - empty).max(-1) > 0.5)[near > 6].any()


def test_left_and_right_have_colours_of_their_own() -> None:
    stand = posed(left_raise=0.4, right_raise=0.4)
    label = labels.draw(stand)[0]
    for start, end in (
        (stand.shoulders, stand.elbows),
        (stand.elbows, stand.wrists),
        (stand.hips, stand.knees),
        (stand.knees, stand.ankles),
    ):
        left, right = (start + end)[0] / 2
        assert abs(at(label, left) - at(label, right)).max() > 0.3
    left, right = (at(label, (stand.shoulders + stand.elbows)[0, side] / 2) for side in (0, 1))
    assert right[0] > 0.9 > 0.7 > left[0]  # warm for the right arm, green for the left one
    swapped = Skeleton._make(part if part.ndim == 2 else part[:, ::-1] for part in stand)
    assert (abs(labels.draw(swapped)[0] / 255.0 - label / 255.0).max(-1) > 0.3).sum() > 25


def test_a_skeleton_shows_limbs_that_the_body_hides() -> None:
    aside = posed(np.pi / 2, left_raise=0.0, right_raise=0.6, right_out=0.0)
    elbow = aside.elbows[0, 0]  # behind the chest
    assert at(labels.draw(aside)[0], elbow).min() < 0.6
    red, green, blue = at(person.draw(aside)[0], elbow)
    assert red > 2 * max(green, blue)  # the shirt


def test_drawing_a_few_columns_leaves_nothing_out(
    seen: Skeleton, frames: np.ndarray, drawn: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, made in ((person, frames), (labels, drawn)):
        monkeypatch.setattr(module, "strips", lambda places, margin: [(slice(0, len(places)), ALL)])
        assert abs(module.draw(seen.cut(slice(200))) / 255.0 - made[:200]).max() < 0.01


# ---- looks ----


def test_what_is_near_hides_what_is_far() -> None:
    for heading, near in ((np.pi / 2, 1), (-np.pi / 2, 0)):  # who goes to the right shows the right arm
        aside = posed(heading, left_raise=0.0, right_raise=0.0)
        frame = person.draw(aside)[0]
        red, _, blue = at(frame, aside.wrists[0, near])
        assert red > 1.3 * blue  # skin before the trousers
        only = person.draw(
            posed(heading, **{f"{('left', 'right')[near]}_raise": 2.9, f"{('left', 'right')[1 - near]}_raise": 0.0})
        )[0]
        red, _, blue = at(only, aside.wrists[0, near])
        assert blue > red  # the far arm stays behind them


def test_a_head_has_a_face_before_and_hair_behind() -> None:
    front, back = posed(0.0), posed(np.pi)
    face, hair = (at(person.draw(who)[0], who.ears[0].mean(0) - np.array([0, 0, 0.02])) for who in (front, back))
    assert face.mean() > 0.4 and face[0] > 1.2 * face[2]
    assert hair.mean() < 0.25
    assert at(person.draw(front)[0], front.ears[0].mean(0) + np.array([0, 0, 0.12])).mean() < 0.3


def test_whoever_turns_grows_slim(empty: np.ndarray) -> None:
    widths = [
        np.ptp(np.nonzero(body(person.draw(posed(heading)) / 255.0, empty)[0, 8:14])[1])
        for heading in (0, np.pi / 2, np.pi)
    ]
    assert widths[0] == widths[2] > widths[1] + 2


def test_limbs_are_lit_from_the_left_and_feet_throw_a_shadow(empty: np.ndarray) -> None:
    stand = posed(left_raise=1.6, right_raise=1.6, y=-0.8)
    frame = person.draw(stand)[0] / 255.0
    chest = frame[int(project(stand.neck[0])[0]) + 4, :, 0]
    columns = project(stand.shoulders[0])[:, 1].astype(int)
    assert chest[columns[1]] > 1.15 * chest[columns[0]]
    below = project(np.append(stand.hip[0, :2], 0))
    assert (frame / empty)[int(below[0]) + 1, int(below[1])].max() < 0.85


def test_the_room_has_something_to_see(empty: np.ndarray) -> None:
    assert empty.min() > 0.1 and empty.max() <= 1
    assert abs(empty[FLOOR:].mean((0, 1)) - empty[:FLOOR].mean((0, 1))).max() > 0.1
    assert empty[:FLOOR].std(1).max() > 0.08


def test_the_person_covers_a_fair_share(frames: np.ndarray, drawn: np.ndarray, empty: np.ndarray) -> None:
    here = drawn.min((1, 2, 3)) < 1
    share = body(frames, empty)[here].mean((1, 2))
    assert 0.04 < np.median(share) < 0.08  # real: 0.05
    assert share.max() < 0.15


@pytest.mark.parametrize("seed", range(3))
def test_copying_the_first_frame_is_a_poor_prediction(seed: int) -> None:
    for split, length in (("train", TRAIN), ("val", VAL)):
        made = person.draw(simulate(seed, split, 0, length)) / 255.0
        assert 15 < psnr(made[1:], made[0]).mean() < 20  # real: 19.6 and 18.0 dB
        assert np.median(psnr(made[1:], made[:-1])) > 27  # though from frame to frame, little changes


# ---- motion ----


@pytest.mark.parametrize("seed", range(4))
def test_motion_is_continuous(seed: int) -> None:
    joints = simulate(seed, "train", 0, TRAIN).joints()
    columns = project(joints)[..., 1]
    inside = ((columns > 0) & (columns < WIDTH)).any(1)
    gone = np.linalg.norm(np.diff(project(joints), axis=0), axis=-1)[inside[1:] & inside[:-1]]
    assert gone.max() < 4.5
    assert np.percentile(gone, 99) < 3
    assert np.linalg.norm(np.diff(joints, axis=0), axis=-1).max() < 0.45
    jerk = np.linalg.norm(np.diff(joints[:, 2], 2, axis=0), axis=-1)  # of the hips
    assert jerk.max() < 0.06


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("split, length, often", [("train", TRAIN, 3), ("val", VAL, 1)])
def test_the_person_leaves_and_returns(seed: int, split: str, length: int, often: int) -> None:
    away = (labels.draw(simulate(seed, split, 0, length)).min((1, 2, 3)) == 255).astype(int)
    assert (np.diff(away) == 1).sum() >= often
    assert (np.diff(away) == -1).sum() >= often
    assert not away[0]


def test_bones_keep_their_length(seen: Skeleton) -> None:
    for start, end, longest in (
        (seen.hips, seen.knees, THIGH),
        (seen.knees, seen.ankles, SHANK),
        (seen.shoulders, seen.elbows, 0.29),
        (seen.elbows, seen.wrists, 0.25),
        (seen.neck, seen.hip, 0.5),
    ):
        assert np.linalg.norm(start - end, axis=-1) == pytest.approx(longest)


def test_knees_bend_forwards_and_feet_stay_on_the_floor(seen: Skeleton) -> None:
    ahead = seen.nose - seen.ears.mean(1)
    ahead = (ahead / np.linalg.norm(ahead, axis=-1, keepdims=True))[:, None]
    middle = (seen.hips + seen.ankles) / 2
    level = np.array([1, 1, 0])
    assert ((seen.knees - middle) * ahead * level).sum(-1).min() > -0.06  # a hint of it: thighs are longer than shanks
    assert seen.toes[..., 2].min() >= 0.02
    assert seen.ankles[..., 2].min() > 0.07
    assert (seen.ankles[..., 2].min(1) < 0.15).all()  # nobody flies


def test_planted_feet_stay_put(seen: Skeleton) -> None:
    speed = np.linalg.norm(np.diff(seen.hip[..., :2], axis=0), axis=-1)
    foot = np.linalg.norm(np.diff(seen.ankles[..., :2], axis=0), axis=-1)
    walking = speed > 0.05
    assert walking.mean() > 0.2
    assert np.percentile(foot.min(1)[walking], 80) < 0.012  # metres; the body goes five times as far
    assert np.median(foot.max(1)[walking]) > 0.1


def test_arms_swing_against_legs() -> None:
    way = np.linspace(-1, 1, 34)  # to the right, at 0.06 m a frame
    stance = Stance._make(
        np.full(34, value) for value in (0.0, 0.0, np.pi / 2, 0.0, 0.0, 0.0, 0.1, 1.6, 0.2, 0.1, 1.6, 0.2)
    )._replace(x=way)
    walk = skeleton(stance, steps(stance.x, stance.y, stance.heading))
    legs = walk.ankles[:, 0, 0] - walk.ankles[:, 1, 0]
    arms = walk.wrists[:, 0, 0] - walk.wrists[:, 1, 0]
    assert np.ptp(legs) > 1 and np.ptp(arms) > 0.5
    assert np.corrcoef(legs, arms)[0, 1] < -0.9


def test_all_that_people_do_is_done(seen: Skeleton) -> None:
    facing = seen.nose - seen.ears.mean(1)
    facing = facing / np.linalg.norm(facing, axis=-1, keepdims=True)
    assert (facing[:, 1] < -0.8).mean() > 0.25  # to the camera
    assert (facing[:, 0] > 0.8).mean() > 0.1 and (facing[:, 0] < -0.8).mean() > 0.1
    assert (facing[:, 1] > 0.8).any()
    assert (seen.wrists[..., 2].max(1) > seen.nose[:, 2]).any()  # arms up
    assert (seen.hip[:, 2] < 0.7).any()  # squats and lunges
    lean = (seen.neck - seen.hip)[:, 2]
    assert (lean < 0.35).any() and np.median(lean) > 0.49  # bows
    assert np.ptp(seen.hip[:, 1]) > 1.2  # nearer and farther off


# ---- drawing ----


def test_the_floor_is_where_the_camera_sees_it() -> None:
    ground = np.stack([*np.meshgrid(np.linspace(-2, 2, 5), np.linspace(-1.5, 1.5, 4)), np.zeros((4, 5))], -1)
    rows, columns = np.moveaxis(project(ground), -1, 0)
    assert np.stack(floor(rows, columns), -1) == pytest.approx(ground[..., :2])
    assert project(np.array([EYE[0], 0.0, 0.0]))[1] == WIDTH / 2


def test_a_capsule_covers_its_area() -> None:
    start, end, first, last = (
        np.array([[[8.3, 20.2]]]),
        np.array([[[22.1, 31.7]]]),
        np.array([[3.0]]),
        np.array([[1.5]]),
    )
    cover, light = capsule(ALL, start, end, first, last)
    length = np.linalg.norm(end - start)
    assert cover.shape == light.shape == (1, 1, HEIGHT, WIDTH)
    assert cover.sum() == pytest.approx(length * 4.5 + np.pi / 2 * (3.0**2 + 1.5**2), rel=0.02)
    assert cover[0, 0, 8, 20] == 1 and cover[0, 0, 28, 50] == 0
    assert np.array_equal(capsule(slice(15, 40), start, end, first, last)[0], cover[..., 15:40])


def test_a_thin_line_covers_its_area() -> None:
    cover = line(ALL, np.array([[[10.5, 10.5]]]), np.array([[[10.5, 50.5]]]), 0.3)
    assert cover[0, 0, 10, 15:45] == pytest.approx(0.6)
    assert cover[0, 0, 9:12, 15:45].sum(0) == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize("turned", [1, -1])
def test_a_slab_is_a_polygon_that_is_rounded(turned: int) -> None:
    corners = np.array([[5.2, 20.1], [6.4, 38.3], [24.5, 34.6], [23.8, 25.2]])[::turned]
    cover, _ = slab(ALL, corners[:, None], np.array([1.7]))
    inside = polygon2mask((HEIGHT * 8, WIDTH * 8), corners * 8 - 0.5)
    fine = distance_transform_edt(~inside) < 1.7 * 8
    assert abs(cover[0] - fine.reshape(HEIGHT, 8, WIDTH, 8).mean((1, 3))).max() < 0.2
    (rows, columns), (below, beside) = corners.T, np.roll(corners, -1, 0).T
    sharp, around = abs((rows * beside - columns * below).sum()) / 2, np.hypot(below - rows, beside - columns).sum()
    assert cover.sum() == pytest.approx(sharp + 1.7 * around + np.pi * 1.7**2, rel=0.005)


def test_shapes_are_laid_from_back_to_front() -> None:
    rng = np.random.default_rng(0)
    under, covers, light = (rng.random(size, dtype=np.float32) for size in ((2, 3, 4, 5), (6, 2, 4, 5), (6, 2, 4, 5)))
    colours = rng.random((2, 6, 3))
    wanted = under.copy()
    for k in reversed(range(6)):
        wanted += covers[k][:, None] * (light[k][:, None] * colours[:, k, :, None, None] - wanted)
    assert lay(under, covers, colours, light) == pytest.approx(wanted, abs=1e-5)
    assert lay(under, covers, colours) == pytest.approx(lay(under, covers, colours, np.ones_like(light)), abs=1e-6)
