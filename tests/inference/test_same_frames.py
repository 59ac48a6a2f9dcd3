"""The same frames give the same prediction, whatever they are kept in, and as from Python."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio.v3 as imageio
import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms.v2.functional import resize

import vidpred as vp
from tests.io import frame_files
from tests.tiny_pose import draw
from vidpred.data.user_clip import read_user_clip
from vidpred.data.user_frames import iterate_user_frames

FRAMES = frame_files.drawn()
EXACT = {
    "folder": lambda path: frame_files.folder(path, FRAMES),
    "other_names": lambda path: frame_files.folder(path, FRAMES, "frame_{:04d}.bmp", first=7),
    "frames.npz": lambda path: np.savez(path, frames=FRAMES),
    "compressed.npz": lambda path: np.savez_compressed(path, other=FRAMES),
    "channels_first.npz": lambda path: np.savez(path, frames=FRAMES.transpose(0, 3, 1, 2), past=np.array(2)),
    "floats.npy": lambda path: np.save(path, FRAMES.astype(np.float32) / 255),
    "opaque.npz": lambda path: np.savez(
        path, frames=np.concatenate([FRAMES, np.full((5, 64, 64, 1), 255, np.uint8)], 3)
    ),
    "frames.gif": lambda path: frame_files.animation(path, FRAMES),
    "frames.png": lambda path: frame_files.animation(path, FRAMES),
    "frames.webp": lambda path: frame_files.animation(path, FRAMES, lossless=True),
    "lossless.mp4": lambda path: frame_files.video(path, FRAMES, "libx264rgb", "bgr24", crf="0"),
    "lossless.avi": lambda path: frame_files.video(path, FRAMES, "ffv1", "bgr0"),
    "lossless.mkv": lambda path: frame_files.video(path, FRAMES, "ffv1", "bgr0"),
}
VIDEOS = (".mp4", ".avi", ".mkv")


@pytest.fixture
def predicted(
    robot_run: Path, robot_conditions: tuple[object, ...], predict: Callable[..., Any], tmp_path: Path
) -> Callable[..., Any]:
    """Given and predicted frames [N, T, C, H, W] after those in `path`."""

    def call(path: Path, *arguments: object) -> Any:
        out = tmp_path / f"{path.name}-predicted.npz"
        predict(robot_run, "--frames", path, *robot_conditions, "--out", out, "--force", *arguments)
        with np.load(out) as made:
            assert sorted(made) == ["frames", "past"] and made["past"] == 2
            return made["frames"]

    return call


@pytest.fixture(scope="module")
def expected(robot_run: Path, robot_clip: Path) -> Any:
    """From Python, with conditions moved by hand: those of frame t - 1 make frame t."""
    model = vp.load(robot_run, device="cpu")
    recorded = [
        np.loadtxt(robot_clip / f"{name}.csv", delimiter=",", dtype=np.float32)
        for name in ("actions", "endeffector_positions")
    ]
    conditions = torch.zeros(1, 10, 7)
    conditions[0, 1:] = torch.from_numpy(np.concatenate(recorded, 1))
    clip = vp.Clip(torch.from_numpy(FRAMES[:2]).permute(0, 3, 1, 2)[None].float() / 255, conditions)
    return model.predict(clip, seed=3, samples=2).numpy()


@pytest.mark.parametrize("name", EXACT)
def test_exactly_as_from_python(name: str, predicted: Callable[..., Any], expected: Any, tmp_path: Path) -> None:
    if name.endswith(VIDEOS):
        pytest.importorskip("av")
    EXACT[name](tmp_path / name)
    made = predicted(tmp_path / name, "--seed", 3, "--samples", 2)
    assert made.shape == (2, 10, 3, 64, 64) and made.dtype == np.float32
    assert np.array_equal(made[:, :2], np.stack([FRAMES[:2].transpose(0, 3, 1, 2) / np.float32(255)] * 2))
    assert np.array_equal(made[:, 2:], expected[:, 1:])
    assert not np.array_equal(made[0, 2:], made[1, 2:])


def test_up_to_the_codec(predicted: Callable[..., Any], tmp_path: Path) -> None:
    """H.264 as imageio writes it, and at high quality: the prediction is no further off than the given frames."""
    pytest.importorskip("av")
    np.savez(tmp_path / "true.npz", frames=FRAMES)
    frame_files.video(tmp_path / "high.mp4", FRAMES, "libx264", "yuv444p", crf="1")
    imageio.imwrite(tmp_path / "usual.mp4", FRAMES, plugin="pyav", codec="libx264", fps=5)
    true = predicted(tmp_path / "true.npz")
    for name, least in (("high.mp4", 40), ("usual.mp4", 20)):
        made = predicted(tmp_path / name)
        given, after = (frame_files.decibel(made[:, part], true[:, part]) for part in (slice(2), slice(2, None)))
        assert least < given < 100 and after > given, f"{name}: given {given:.1f} dB, predicted {after:.1f} dB"


def test_samples_and_seeds(predicted: Callable[..., Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "f.npz", frames=FRAMES)
    one, again, three, other = (
        predicted(tmp_path / "f.npz", *arguments) for arguments in ((), ("--seed", 0), ("--samples", 3), ("--seed", 1))
    )
    assert np.array_equal(one, again) and not np.array_equal(one, other)
    assert np.abs(three[0] - one[0]).max() < 1e-5
    assert len({sample.tobytes() for sample in three}) == 3


def test_steps(predicted: Callable[..., Any], tmp_path: Path) -> None:
    """9 rows of actions reach frame 9, and fewer steps begin alike."""
    np.savez(tmp_path / "f.npz", frames=FRAMES)
    all_of_them, four = predicted(tmp_path / "f.npz"), predicted(tmp_path / "f.npz", "--steps", 4)
    assert all_of_them.shape[1] == 10 and four.shape[1] == 6
    assert np.allclose(all_of_them[:, :6], four, atol=1e-6)


def test_a_clip_of_the_data_set_is_predicted_as_its_split_is(
    robot_run: Path, robot_clip: Path, predicted: Callable[..., Any]
) -> None:
    model = vp.load(robot_run, device="cpu")
    clip = model.clip("test", 0, length=9)
    made = predicted(robot_clip)
    assert torch.allclose(torch.from_numpy(made[:, 2:9]), model.predict(clip)[:, 1:], atol=1e-6)


def test_maps_are_conditions_too(pose_run: Path, pose_data: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    """A folder of skeletons, an animation, uint8 and float arrays: as the data set's own clip."""
    model = vp.load(pose_run, device="cpu")
    expected = model.predict(model.clip("test", 0, length=6))
    labels = pose_data / "test/test_label/0"
    skeletons = np.stack([np.asarray(draw(t, 3)[1]) for t in range(6)])
    np.save(tmp_path / "bytes.npy", skeletons)
    np.save(tmp_path / "floats.npy", skeletons.transpose(0, 3, 1, 2).astype(np.float64) / 255)
    frame_files.animation(tmp_path / "s.gif", skeletons)
    for place, conditions in enumerate((labels, tmp_path / "bytes.npy", tmp_path / "floats.npy", tmp_path / "s.gif")):
        out = tmp_path / f"{place}.npz"
        predict(pose_run, "--frames", pose_data / "test/test_img/0/0.png", "--conditions", conditions, "--out", out)
        assert np.array_equal(np.load(out)["frames"][0, 1:], expected[0].numpy()), conditions


def test_resized_as_the_data_set_does(pose_run: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    frames, skeletons = (frame_files.drawn(3, (24, 40), seed) for seed in (0, 1))
    for name, images in (("f", frames), ("c", skeletons)):
        frame_files.folder(tmp_path / name, images)
    said = predict(
        pose_run, "--frames", tmp_path / "f", "--conditions", tmp_path / "c", "--out", tmp_path / "o.npz"
    ).output
    assert "f: its first frame, resized from 24x40 to 8x16 (height x width), which changes their proportions" in said
    assert "c: 3 conditions, resized from 24x40 to 8x16" in said
    small = [
        resize(torch.from_numpy(images.copy()).permute(0, 3, 1, 2), [8, 16], antialias=True)[None] / 255
        for images in (frames[:1], skeletons)
    ]
    expected = vp.load(pose_run, device="cpu").predict(vp.Clip(*small))
    assert np.array_equal(np.load(tmp_path / "o.npz")["frames"][:, 1:], expected.numpy())


def test_grey_is_read_as_rgb(predicted: Callable[..., Any], tmp_path: Path) -> None:
    grey = FRAMES[..., :1].repeat(3, 3)
    frame_files.folder(tmp_path / "rgb", grey)
    np.savez(tmp_path / "grey.npz", frames=grey[..., 0])
    (tmp_path / "modes").mkdir()
    Image.fromarray(grey[0]).convert("L").save(tmp_path / "modes/0.png")
    Image.fromarray(grey[1]).convert("LA").save(tmp_path / "modes/1.png")
    reference = predicted(tmp_path / "rgb")
    assert all(np.array_equal(predicted(tmp_path / name), reference) for name in ("grey.npz", "modes"))


def test_turned_photos_are_turned_back(predicted: Callable[..., Any], tmp_path: Path) -> None:
    frame_files.folder(tmp_path / "upright", FRAMES[:2])
    (tmp_path / "turned").mkdir()
    for t, frame in enumerate(FRAMES[:2]):
        exif = Image.Exif()
        exif[0x0112] = 6  # to be shown turned clockwise
        Image.fromarray(np.ascontiguousarray(np.rot90(frame))).save(tmp_path / f"turned/{t}.png", exif=exif)
    assert np.array_equal(predicted(tmp_path / "turned"), predicted(tmp_path / "upright"))


@pytest.mark.parametrize(("matrix", "turns"), [((0, 1, -1, 0), -1), ((-1, 0, 0, -1), 2), ((0, -1, 1, 0), 1)])
def test_turned_videos_are_turned_back(matrix: tuple[int, ...], turns: int, tmp_path: Path) -> None:
    """As phones film: x' = ax + cy, y' = bx + dy of a, b, c, d in the track's matrix (ISO/IEC 14496-12), y pointing down."""
    pytest.importorskip("av")

    def packed(a: int, b: int, c: int, d: int) -> bytes:
        return struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)

    content = frame_files.video(tmp_path / "v.mp4", FRAMES[:, :48], "libx264rgb", "bgr24", crf="0").read_bytes()
    track = content.rindex(packed(1, 0, 0, 1))
    (tmp_path / "v.mp4").write_bytes(content[:track] + packed(*matrix) + content[track + 36 :])
    for made, frame in zip(iterate_user_frames(tmp_path / "v.mp4"), FRAMES, strict=True):
        assert np.array_equal(made, np.rot90(frame[:48], turns))


def test_only_given_frames_are_read(predicted: Callable[..., Any], tmp_path: Path) -> None:
    """Whatever comes after: it need not be there, nor be whole."""
    np.savez(tmp_path / "two.npz", frames=FRAMES[:2])
    reference = predicted(tmp_path / "two.npz")
    folder = frame_files.folder(tmp_path / "folder", FRAMES)
    (folder / "2.png").write_bytes(b"no image")
    np.save(tmp_path / "cut.npy", FRAMES)
    (tmp_path / "cut.npy").write_bytes((tmp_path / "cut.npy").read_bytes()[:-100])
    for path in (folder, tmp_path / "cut.npy"):
        assert np.array_equal(predicted(path), reference), path


def test_of_a_long_video_the_beginning_is_read(predicted: Callable[..., Any], tmp_path: Path) -> None:
    pytest.importorskip("av")
    np.savez(tmp_path / "two.npz", frames=FRAMES[:2])
    long = frame_files.video(tmp_path / "long.avi", np.concatenate([FRAMES] * 8), "ffv1", "bgr0")
    long.write_bytes(long.read_bytes()[: long.stat().st_size // 2])
    assert np.array_equal(predicted(long), predicted(tmp_path / "two.npz"))


def test_from_python(robot_run: Path, robot_clip: Path, expected: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "f.npz", frames=FRAMES)
    model = vp.load(robot_run, device="cpu")
    files = [robot_clip / "actions.csv", robot_clip / "endeffector_positions.csv"]
    given = read_user_clip(tmp_path / "f.npz", files, model.dataset, past=2, steps=8)
    assert np.array_equal(model.predict(given.clip, seed=3, samples=2).numpy(), expected)
