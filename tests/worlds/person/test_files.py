"""Demo data on disk: the layout of pose video."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from vidpred.worlds.person.files import write_pose_data
from vidpred.worlds.person.frames import render_frames
from vidpred.worlds.person.labels import render_labels
from vidpred.worlds.person.motion import simulate_person


def test_files_have_the_layout_of_pose_video(tmp_path: Path) -> None:
    write_pose_data(tmp_path, 5, train=12, val=7, test=[4, 3])
    expected = {
        f"{split}/{split}_{kind}/{t}.png"
        for split, length in (("train", 12), ("val", 7))
        for kind in ("img", "label")
        for t in range(length)
    }
    expected |= {f"test/test_label/{k}/{t}.png" for k, length in enumerate((4, 3)) for t in range(length)}
    expected |= {"test/test_img/0/0.png", "test/test_img/1/0.png"}
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == expected
    for name in expected:
        with Image.open(tmp_path / name) as image:
            assert (image.format, image.mode, image.size) == ("PNG", "RGB", (64, 32))


def test_files_contain_the_rendered_frames_in_order(tmp_path: Path) -> None:
    write_pose_data(tmp_path, 5, train=12, val=3, test=[4, 3])
    train = simulate_person(5, "train", 0, 12)
    for folder, images in (
        ("train/train_img", render_frames(train)),
        ("train/train_label", render_labels(train)),
        ("val/val_img", render_frames(simulate_person(5, "val", 0, 3))),
        ("test/test_img/1", render_frames(simulate_person(5, "test", 1, 1))),
        ("test/test_label/1", render_labels(simulate_person(5, "test", 1, 3))),
    ):
        files = sorted((tmp_path / folder).iterdir(), key=lambda path: int(path.stem))
        assert np.array_equal(np.stack([np.asarray(Image.open(file)) for file in files]), images)


def test_equal_seeds_give_equal_files(tmp_path: Path) -> None:
    for root in ("first", "second"):
        write_pose_data(tmp_path / root, 9, train=40, val=5, test=[20])
    files = [path for path in (tmp_path / "first").rglob("*") if path.is_file()]
    assert len(files) == 2 * 45 + 21
    for file in files:
        assert file.read_bytes() == (tmp_path / "second" / file.relative_to(tmp_path / "first")).read_bytes()
