"""Video files: written and read again, rotated as phones record them. Bad ones: tests/data/test_user_frames.py."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from tests.io.frame_files import draw_frames, psnr, write_video as write_video_with_av
from vidpred.io.video import iterate_video, write_video

FRAMES = draw_frames()


@pytest.mark.parametrize("size", [(63, 47), (1, 1), (2, 5)])
def test_odd_sizes_in_mp4(size: tuple[int, int], tmp_path: Path) -> None:
    pytest.importorskip("av")
    frames = draw_frames(4, size)
    write_video(tmp_path / "o.mp4", iter(frames), 200)
    decoded = np.stack(list(iterate_video(tmp_path / "o.mp4")))
    assert decoded.shape == (4, *(side + side % 2 for side in size), 3)
    assert psnr(decoded[:, : size[0], : size[1]] / 255, frames / 255) > 18  # colours at half the resolution


@pytest.mark.parametrize(("matrix", "turns"), [((0, 1, -1, 0), -1), ((-1, 0, 0, -1), 2), ((0, -1, 1, 0), 1)])
def test_rotated_videos_are_rotated_back(matrix: tuple[int, ...], turns: int, tmp_path: Path) -> None:
    """As phones record: x' = ax + cy, y' = bx + dy of a, b, c, d in the track's matrix (ISO/IEC 14496-12), y down."""
    pytest.importorskip("av")

    def packed(a: int, b: int, c: int, d: int) -> bytes:
        return struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)

    content = write_video_with_av(tmp_path / "v.mp4", FRAMES[:, :48], "libx264rgb", "bgr24", crf="0").read_bytes()
    track = content.rindex(packed(1, 0, 0, 1))
    (tmp_path / "v.mp4").write_bytes(content[:track] + packed(*matrix) + content[track + 36 :])
    for decoded, frame in zip(iterate_video(tmp_path / "v.mp4"), FRAMES, strict=True):
        assert np.array_equal(decoded, np.rot90(frame[:48], turns))
