"""The same frames give the same prediction from every kind of file, and from Python."""

from __future__ import annotations

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

FRAMES = frame_files.draw_frames()
EXACT = {
    "folder": lambda path: frame_files.write_folder(path, FRAMES),
    "other_names": lambda path: frame_files.write_folder(path, FRAMES, "frame_{:04d}.bmp", first=7),
    "frames.npz": lambda path: np.savez(path, frames=FRAMES),
    "compressed.npz": lambda path: np.savez_compressed(path, other=FRAMES),
    "channels_first.npz": lambda path: np.savez(path, frames=FRAMES.transpose(0, 3, 1, 2), past=np.array(2)),
    "floats.npy": lambda path: np.save(path, FRAMES.astype(np.float32) / 255),
    "opaque.npz": lambda path: np.savez(
        path, frames=np.concatenate([FRAMES, np.full((5, 64, 64, 1), 255, np.uint8)], 3)
    ),
    "frames.gif": lambda path: frame_files.write_animation(path, FRAMES),
    "frames.png": lambda path: frame_files.write_animation(path, FRAMES),
    "frames.webp": lambda path: frame_files.write_animation(path, FRAMES, lossless=True),
    "lossless.mp4": lambda path: frame_files.write_video(path, FRAMES, "libx264rgb", "bgr24", crf="0"),
    "lossless.avi": lambda path: frame_files.write_video(path, FRAMES, "ffv1", "bgr0"),
    "lossless.mkv": lambda path: frame_files.write_video(path, FRAMES, "ffv1", "bgr0"),
}
VIDEOS = (".mp4", ".avi", ".mkv")


@pytest.fixture
def predicted(
    robot_run: Path, robot_conditions: tuple[object, ...], predict: Callable[..., Any], tmp_path: Path
) -> Callable[..., Any]:
    """predicted(path): given and predicted frames [N, T, C, H, W] after those in `path`."""

    def call(path: Path, *arguments: object) -> Any:
        out = tmp_path / f"{path.name}-predicted.npz"
        predict(robot_run, "--frames", path, *robot_conditions, "--out", out, "--force", *arguments)
        with np.load(out) as arrays:
            assert sorted(arrays) == ["frames", "past"] and arrays["past"] == 2
            return arrays["frames"]

    return call


@pytest.fixture(scope="module")
def expected(robot_run: Path, robot_clip: Path) -> Any:
    """The prediction from Python, with conditions shifted by hand: those of frame t - 1 are known for frame t."""
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
def test_predictions_equal_those_from_python(
    name: str, predicted: Callable[..., Any], expected: Any, tmp_path: Path
) -> None:
    if name.endswith(VIDEOS):
        pytest.importorskip("av")
    EXACT[name](tmp_path / name)
    samples = predicted(tmp_path / name, "--seed", 3, "--samples", 2)
    assert samples.shape == (2, 10, 3, 64, 64) and samples.dtype == np.float32
    assert np.array_equal(samples[:, :2], np.stack([FRAMES[:2].transpose(0, 3, 1, 2) / np.float32(255)] * 2))
    assert np.array_equal(samples[:, 2:], expected[:, 1:])
    assert not np.array_equal(samples[0, 2:], samples[1, 2:])


def test_videos_are_predicted_like_frames_up_to_the_codec(predicted: Callable[..., Any], tmp_path: Path) -> None:
    """H.264 as imageio writes it, and at high quality: the prediction deviates no more than the given frames."""
    pytest.importorskip("av")
    np.savez(tmp_path / "true.npz", frames=FRAMES)
    frame_files.write_video(tmp_path / "high.mp4", FRAMES, "libx264", "yuv444p", crf="1")
    imageio.imwrite(tmp_path / "usual.mp4", FRAMES, plugin="pyav", codec="libx264", fps=5)
    true = predicted(tmp_path / "true.npz")
    for name, least in (("high.mp4", 40), ("usual.mp4", 20)):
        decoded = predicted(tmp_path / name)
        given, after = (frame_files.psnr(decoded[:, part], true[:, part]) for part in (slice(2), slice(2, None)))
        assert least < given < 100 and after > given, f"{name}: given {given:.1f} dB, predicted {after:.1f} dB"


def test_samples_and_seeds(predicted: Callable[..., Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "f.npz", frames=FRAMES)
    default, again, three, other = (
        predicted(tmp_path / "f.npz", *arguments) for arguments in ((), ("--seed", 0), ("--samples", 3), ("--seed", 1))
    )
    assert np.array_equal(default, again) and not np.array_equal(default, other)
    assert np.abs(three[0] - default[0]).max() < 1e-5
    assert len({sample.tobytes() for sample in three}) == 3


def test_steps(predicted: Callable[..., Any], tmp_path: Path) -> None:
    """9 rows of actions are enough for frame 9; fewer steps give the same first frames."""
    np.savez(tmp_path / "f.npz", frames=FRAMES)
    all_of_them, four = predicted(tmp_path / "f.npz"), predicted(tmp_path / "f.npz", "--steps", 4)
    assert all_of_them.shape[1] == 10 and four.shape[1] == 6
    assert np.allclose(all_of_them[:, :6], four, atol=1e-6)


def test_a_clip_of_the_data_set_is_predicted_as_its_split_is(
    robot_run: Path, robot_clip: Path, predicted: Callable[..., Any]
) -> None:
    model = vp.load(robot_run, device="cpu")
    clip = model.clip("test", 0, length=9)
    frames = predicted(robot_clip)
    assert torch.allclose(torch.from_numpy(frames[:, 2:9]), model.predict(clip)[:, 1:], atol=1e-6)


def test_maps_as_conditions(pose_run: Path, pose_data: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    """A folder of skeletons, an animation, uint8 and float arrays: as the data set's own clip."""
    model = vp.load(pose_run, device="cpu")
    expected = model.predict(model.clip("test", 0, length=6))
    labels = pose_data / "test/test_label/0"
    skeletons = np.stack([np.asarray(draw(t, 3)[1]) for t in range(6)])
    np.save(tmp_path / "bytes.npy", skeletons)
    np.save(tmp_path / "floats.npy", skeletons.transpose(0, 3, 1, 2).astype(np.float64) / 255)
    frame_files.write_animation(tmp_path / "s.gif", skeletons)
    for number, conditions in enumerate((labels, tmp_path / "bytes.npy", tmp_path / "floats.npy", tmp_path / "s.gif")):
        out = tmp_path / f"{number}.npz"
        predict(pose_run, "--frames", pose_data / "test/test_img/0/0.png", "--conditions", conditions, "--out", out)
        assert np.array_equal(np.load(out)["frames"][0, 1:], expected[0].numpy()), conditions


def test_resized_as_the_data_set_does(pose_run: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    frames, skeletons = (frame_files.draw_frames(3, (24, 40), seed) for seed in (0, 1))
    for name, images in (("f", frames), ("c", skeletons)):
        frame_files.write_folder(tmp_path / name, images)
    output = predict(
        pose_run, "--frames", tmp_path / "f", "--conditions", tmp_path / "c", "--out", tmp_path / "o.npz"
    ).output
    assert "f: its first frame, resized from 24x40 to 8x16 (height x width), which changes their proportions" in output
    assert "c: 3 conditions, resized from 24x40 to 8x16" in output
    small = [
        resize(torch.from_numpy(images.copy()).permute(0, 3, 1, 2), [8, 16], antialias=True)[None] / 255
        for images in (frames[:1], skeletons)
    ]
    expected = vp.load(pose_run, device="cpu").predict(vp.Clip(*small))
    assert np.array_equal(np.load(tmp_path / "o.npz")["frames"][:, 1:], expected.numpy())


def test_grey_is_read_as_rgb(predicted: Callable[..., Any], tmp_path: Path) -> None:
    grey = FRAMES[..., :1].repeat(3, 3)
    frame_files.write_folder(tmp_path / "rgb", grey)
    np.savez(tmp_path / "grey.npz", frames=grey[..., 0])
    (tmp_path / "modes").mkdir()
    Image.fromarray(grey[0]).convert("L").save(tmp_path / "modes/0.png")
    Image.fromarray(grey[1]).convert("LA").save(tmp_path / "modes/1.png")
    reference = predicted(tmp_path / "rgb")
    assert all(np.array_equal(predicted(tmp_path / name), reference) for name in ("grey.npz", "modes"))


def test_rotated_photos_are_rotated_back(predicted: Callable[..., Any], tmp_path: Path) -> None:
    frame_files.write_folder(tmp_path / "upright", FRAMES[:2])
    (tmp_path / "turned").mkdir()
    for t, frame in enumerate(FRAMES[:2]):
        exif = Image.Exif()
        exif[0x0112] = 6  # to be shown rotated clockwise
        Image.fromarray(np.ascontiguousarray(np.rot90(frame))).save(tmp_path / f"turned/{t}.png", exif=exif)
    assert np.array_equal(predicted(tmp_path / "turned"), predicted(tmp_path / "upright"))


def test_only_given_frames_are_read(predicted: Callable[..., Any], tmp_path: Path) -> None:
    """Later frames may be missing or damaged."""
    np.savez(tmp_path / "two.npz", frames=FRAMES[:2])
    reference = predicted(tmp_path / "two.npz")
    folder = frame_files.write_folder(tmp_path / "folder", FRAMES)
    (folder / "2.png").write_bytes(b"no image")
    np.save(tmp_path / "cut.npy", FRAMES)
    (tmp_path / "cut.npy").write_bytes((tmp_path / "cut.npy").read_bytes()[:-100])
    for path in (folder, tmp_path / "cut.npy"):
        assert np.array_equal(predicted(path), reference), path


def test_only_the_beginning_of_a_long_video_is_read(predicted: Callable[..., Any], tmp_path: Path) -> None:
    pytest.importorskip("av")
    np.savez(tmp_path / "two.npz", frames=FRAMES[:2])
    long = frame_files.write_video(tmp_path / "long.avi", np.concatenate([FRAMES] * 8), "ffv1", "bgr0")
    long.write_bytes(long.read_bytes()[: long.stat().st_size // 2])
    assert np.array_equal(predicted(long), predicted(tmp_path / "two.npz"))


def test_from_python(robot_run: Path, robot_clip: Path, expected: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "f.npz", frames=FRAMES)
    model = vp.load(robot_run, device="cpu")
    files = [robot_clip / "actions.csv", robot_clip / "endeffector_positions.csv"]
    given = read_user_clip(tmp_path / "f.npz", files, model.dataset, past=2, steps=8)
    assert np.array_equal(model.predict(given.clip, seed=3, samples=2).numpy(), expected)
