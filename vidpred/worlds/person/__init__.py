"""A person who moves in a room, rendered with the skeleton in the LAB4 layout of pose video, for whoever has no data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vidpred.io.png import write_frames
from vidpred.worlds.person import labels, person
from vidpred.worlds.person.motion import simulate


def write(root: Path, seed: int, *, train: int, val: int, test: Sequence[int]) -> None:
    """Render one video of `train` frames, one of `val` frames, and for testing as many as `test` gives lengths: PNGs, RGB, 64x32.

    ROOT/<split>/<split>_img/{0..N-1}.png and ROOT/<split>/<split>_label/{0..N-1}.png for train and val;
    ROOT/test/test_img/<k>/0.png and ROOT/test/test_label/<k>/{0..M-1}.png: of a test video, there is the first frame alone.
    Video k of a split hangs on the seed, the split's name and k alone; a shorter one is the beginning of a longer one.
    """
    for split, length in (("train", train), ("val", val)):
        skeleton = simulate(seed, split, 0, length)
        write_frames(root / split / f"{split}_img", person.draw(skeleton))
        write_frames(root / split / f"{split}_label", labels.draw(skeleton))
    for k, length in enumerate(test):
        skeleton = simulate(seed, "test", k, length)
        write_frames(root / "test/test_img" / str(k), person.draw(skeleton.cut(slice(1))))
        write_frames(root / "test/test_label" / str(k), labels.draw(skeleton))
