"""Writes demo data in the LAB4 layout of pose video."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vidpred.io.png import write_frames
from vidpred.worlds.person.frames import render_frames
from vidpred.worlds.person.labels import render_labels
from vidpred.worlds.person.motion import simulate_person


def write_pose_data(root: Path, seed: int, *, train: int, val: int, test: Sequence[int]) -> None:
    """Render a video of `train` frames, a video of `val` frames, and a test video of each length in `test`: RGB PNGs,
    64x32.

    Files are ROOT/<split>/<split>_img/{0..N-1}.png and ROOT/<split>/<split>_label/{0..N-1}.png for train and val;
    ROOT/test/test_img/<k>/0.png, the first frame only, and ROOT/test/test_label/<k>/{0..M-1}.png for test videos.
    Video k of a split depends only on the seed, the name of the split and k; a shorter one is the beginning of a
    longer one.
    """
    for split, length in (("train", train), ("val", val)):
        skeleton = simulate_person(seed, split, 0, length)
        write_frames(root / split / f"{split}_img", render_frames(skeleton))
        write_frames(root / split / f"{split}_label", render_labels(skeleton))
    for k, length in enumerate(test):
        skeleton = simulate_person(seed, "test", k, length)
        write_frames(root / "test/test_img" / str(k), render_frames(skeleton.cut(slice(1))))
        write_frames(root / "test/test_label" / str(k), render_labels(skeleton))
