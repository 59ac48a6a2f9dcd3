"""What `vidpred predict` writes, and what it never overwrites."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

import vidpred as vp
from tests.io import frame_files
from vidpred.inference.prediction_files import clip_names
from vidpred.plots.canvas import BORDER, GAP
from vidpred.plots.gifs import CAPTION_HEIGHT, TITLE_HEIGHT

FRAMES = frame_files.draw_frames(3)


@pytest.fixture
def call(
    robot_run: Path, robot_conditions: tuple[object, ...], predict: Callable[..., Any], tmp_path: Path
) -> Callable[..., Any]:
    """call(out, …): predict 4 steps from frames of our own."""
    np.savez(tmp_path / "mine.npz", frames=FRAMES)

    def run(out: Path | None, *arguments: object, code: int = 0) -> Any:
        where = () if out is None else ("--out", out)
        return predict(
            robot_run, "--frames", tmp_path / "mine.npz", *robot_conditions, "--steps", 4, *where, *arguments, code=code
        )

    return run


def page(image: Any, column: int) -> Any:
    """A 64x64 frame from a page on which it stands 2 times as large, and its border's colour."""
    left, top = GAP + column * (128 + 2 * BORDER + GAP) + BORDER, TITLE_HEIGHT + CAPTION_HEIGHT + BORDER
    shown = np.asarray(image)
    return shown[top : top + 128 : 2, left : left + 128 : 2], shown[top - 2, left - 2]


def check_pages(pages: list[Any], true: Any, off: float) -> None:
    """All futures beside each other, with borders green where they are given, else red."""
    assert len(pages) == 6
    for t, image in enumerate(pages):
        for column in range(2):
            frame, (red, green, _) = page(image, column)
            assert np.abs(frame.astype(float) - true[column, t].transpose(1, 2, 0) * 255).mean() < off, (t, column)
            assert (red > green) == (t >= 2), (t, column)


def test_every_kind_holds_the_same_frames(call: Callable[..., Any], tmp_path: Path) -> None:
    out = [tmp_path / name for name in ("o.npz", "o.gif", "new/folder")]
    for path in out:
        assert f"{path}: 4 frames predicted from 2 (2 futures)" in call(path, "--samples", 2).output
    true = np.load(out[0])["frames"]
    assert true.shape == (2, 6, 3, 64, 64)
    with Image.open(out[1]) as image:
        check_pages([frame.convert("RGB") for frame in ImageSequence.Iterator(image)], true, 3)
    for n in range(2):
        folder = out[2] / f"sample_{n + 1}"
        assert sorted(path.name for path in folder.iterdir()) == [f"{t}.png" for t in range(6)]
        for t in range(6):
            assert np.array_equal(
                np.asarray(Image.open(folder / f"{t}.png")), np.round(true[n, t].transpose(1, 2, 0) * 255)
            )
    assert not list(tmp_path.glob(".*")) and not list((tmp_path / "new").glob(".*"))


def test_a_single_sample_is_written_directly_into_the_folder(call: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    call(tmp_path / "empty")
    assert sorted(path.name for path in (tmp_path / "empty").iterdir()) == [f"{t}.png" for t in range(6)]
    assert np.array_equal(np.asarray(Image.open(tmp_path / "empty/1.png")), FRAMES[1])


def test_mp4(call: Callable[..., Any], tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    for name in ("o.mp4", "o.npz"):
        call(tmp_path / name, "--samples", 2)
    with av.open(str(tmp_path / "o.mp4")) as container:
        pages = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert container.streams.video[0].average_rate == 5 and container.streams.video[0].pix_fmt == "yuv420p"
    check_pages(pages, np.load(tmp_path / "o.npz")["frames"], 8)  # colours at half the resolution


def test_by_default_a_gif_in_the_run(call: Callable[..., Any], robot_run: Path) -> None:
    path = robot_run / "predictions/mine_steps4.gif"
    path.unlink(missing_ok=True)
    assert f"{path}: 4 frames predicted from 2" in call(None).output and path.is_file()
    assert f"{path}: already exists; choose another path, or --force" in call(None, code=2).errors
    call(None, "--force")
    for options, name in ((("--seed", "3"), "mine_steps4_seed3.gif"), (("--samples", "2"), "mine_steps4_samples2.gif")):
        assert str(path.with_name(name)) in call(None, *options).output


@pytest.mark.parametrize("name", ["o.gif", "o.npz", "o.mp4"])
def test_nothing_is_overwritten(name: str, call: Callable[..., Any], tmp_path: Path) -> None:
    if name == "o.mp4":
        pytest.importorskip("av")
    (tmp_path / name).write_text("precious")
    assert (
        f"{tmp_path / name}: already exists; choose another path, or --force to overwrite it"
        in call(tmp_path / name, code=2).errors
    )
    assert (tmp_path / name).read_text() == "precious"
    call(tmp_path / name, "--force")
    assert (tmp_path / name).read_bytes() != b"precious"


def test_no_folder_is_overwritten(call: Callable[..., Any], tmp_path: Path) -> None:
    frame_files.write_folder(tmp_path / "o", FRAMES)
    for more in ((), ("--force",)):
        assert f"{tmp_path / 'o'}: is a folder that is not empty" in call(tmp_path / "o", *more, code=2).errors
    assert len(list((tmp_path / "o").iterdir())) == 3


@pytest.mark.parametrize(
    ("out", "expected"),
    [
        (
            "o.jpg",
            "--out {}/o.jpg: the suffix .jpg is not known; use one of .gif, .mp4, .npz, or a folder for PNG frames",
        ),
        ("o.mp3", "the suffix .mp3 is not known; did you mean '.mp4'?"),
        ("mine.gif/o.gif", "mine.gif: cannot be written"),
        ("dir.npz", "dir.npz: is a folder; use a file in it"),
        ("plain", "plain: is a file without a suffix"),
    ],
)
def test_outputs_that_cannot_be_written(out: str, expected: str, call: Callable[..., Any], tmp_path: Path) -> None:
    for name in ("mine.gif", "plain"):
        (tmp_path / name).write_text("")
    (tmp_path / "dir.npz").mkdir()
    assert expected.format(tmp_path) in call(tmp_path / out, code=2).errors


def test_many_previews_are_refused(call: Callable[..., Any], tmp_path: Path) -> None:
    assert (
        "17 futures are too many to view side by side; lower --samples to 16"
        in call(tmp_path / "o.gif", "--samples", 17, code=2).errors
    )
    call(tmp_path / "o.npz", "--samples", 17)


@pytest.mark.parametrize("name", ["o.gif", "o.npz", "o.mp4", "o"])
def test_ctrl_c_leaves_nothing(
    name: str, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Ctrl-C while writing: one line, and an existing file is unchanged."""
    if name == "o.mp4":
        pytest.importorskip("av")
    if name != "o":
        (tmp_path / name).write_text("precious")
    before = sorted(tmp_path.rglob("*"))
    written = []

    def interrupted(*_: Any, **__: Any) -> Any:
        written.append(len(list(tmp_path.glob(".o*"))))
        raise KeyboardInterrupt

    target = {
        "o.gif": "PIL.Image.Image.quantize",
        "o.npz": "numpy.savez_compressed",
        "o.mp4": "numpy.pad",
        "o": "PIL.Image.Image.save",
    }[name]
    monkeypatch.setattr(target, interrupted)
    outcome = call(tmp_path / name, "--force", code=130)
    assert outcome.errors.strip().splitlines() == ["interrupted"] and len(written) == 1
    assert sorted(tmp_path.rglob("*")) == before and (name == "o" or (tmp_path / name).read_text() == "precious")


def test_a_full_disk_is_named(call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numpy.savez_compressed", full)
    assert (
        "o.npz: cannot be written: No space left on device; give another --out"
        in call(tmp_path / "o.npz", code=2).errors
    )
    assert not list(tmp_path.glob("*o.npz*"))


def test_names_of_clips() -> None:
    assert clip_names(["d/test_img/0", "d/test_img/10"]) == ["0", "10"]
    assert clip_names(["d/val_img (data.fraction 0.5 of it)"]) == ["val_img"]
    assert clip_names(["d/traj_0/1", "d/traj_1/1", "d/traj_1/2"]) == ["traj_0_1", "traj_1_1", "traj_1_2"]
    assert clip_names(["d/x y/\n:..", "d/x y/B", "d/x y/b"]) == ["0", "1_B", "2_b"]
    assert clip_names(["a/../../etc/passwd"]) == ["passwd"] and len(clip_names(["a/" + "x" * 300])[0]) == 100


def test_a_split_with_several_samples(pose_run: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    output = predict(pose_run, "--samples", 2, "--steps", 2, "--out", tmp_path / "o").output
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == ["0.gif", "10.gif", "2.gif"]
    assert f"{tmp_path}/o/10.gif: 2 frames predicted from 1 (2 futures)" in output
    model = vp.load(pose_run, device="cpu")
    predicted = model.predict(model.clip("test", 2, length=3), samples=2, first=2)[1, 1]
    with Image.open(tmp_path / "o/10.gif") as image:
        image.seek(2)
        left, top = GAP + 2 * (256 + 2 * BORDER + GAP) + BORDER, TITLE_HEIGHT + CAPTION_HEIGHT + BORDER
        shown = np.asarray(image.convert("RGB"))[top + 8 : top + 128 : 16, left + 8 : left + 256 : 16]
    assert np.abs(shown - predicted.permute(1, 2, 0).numpy() * 255).mean() < 6  # the third column, of the third clip
    assert "0.gif: already exists" in predict(pose_run, "--out", tmp_path / "o", code=2).errors


def test_an_older_scoring_file_is_not_overwritten(pose_run: Path, predict: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text("an older one")
    arguments = (pose_run, "--submission", file, "--out", tmp_path / "o")
    assert f"{file}: already exists; choose another path, or --force" in predict(*arguments, code=2).errors
    assert file.read_text() == "an older one" and not (tmp_path / "o").exists()
    predict(*arguments, "--force")
    assert len(file.read_text().splitlines()) == 1 + 6 + 3 + 4
