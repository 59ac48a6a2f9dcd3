"""Frames that a user gives and that cannot be read: one message that names the file, in bounded memory and time."""

from __future__ import annotations

import os
import random
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.io.frame_files import Writer, array, content, draw_frames, npy, write_animation, write_folder, write_video
from tests.system.hostile.bounds import bounded
from vidpred.builtin.datasets.bair.dataset import BairRobot
from vidpred.data.user_clip import read_user_clip
from vidpred.data.user_frames import iterate_user_frames
from vidpred.errors import VidpredError
from vidpred.io.tables import iterate_rows

FRAMES = draw_frames(3)


def png_header(width: int, height: int) -> bytes:
    """Return the beginning of a PNG of this size."""
    header = b"IHDR" + struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + header + struct.pack(">I", zlib.crc32(header)) + b"\0\0\0\x01IDAT"


def converted(frame: Any, mode: str) -> Any:
    return Image.fromarray(frame).convert(mode)


def frames_of_two_sizes(path: Path) -> None:
    write_folder(path, FRAMES[:1])
    Image.fromarray(draw_frames(1, (32, 64))[0]).save(path / "1.png")


def transparent_frame(path: Path) -> None:
    write_folder(path, FRAMES)
    image = converted(FRAMES[1], "RGBA")
    image.putpixel((3, 4), (1, 2, 3, 254))
    image.save(path / "1.png")


def folder_of(*names: str) -> Writer:
    def write(path: Path) -> None:
        path.mkdir()
        for name in names:
            Image.fromarray(FRAMES[0]).save(path / name)

    return write


def folder_of_animations(path: Path) -> None:
    path.mkdir()
    for name in ("0.webp", "1.webp"):
        write_animation(path / name, FRAMES)


def zip_bomb(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("frames.npy", "w", force_zip64=True) as file,
    ):
        file.write(npy("(2, 40000, 40000, 3)"))
        for _ in range(20):
            file.write(bytes(10**6))


BAD_FRAMES: dict[str, tuple[str, Writer, str]] = {
    "missing": ("no.gif", lambda path: None, "no.gif: does not exist; give another"),
    "address": ("http:/host/v.mp4", lambda path: None, "v.mp4: does not exist"),
    "unknown ending": (
        "f.tar",
        content(b"x"),
        "f.tar: frames cannot be read from this kind of file; give a folder of images, a GIF",
    ),
    "empty file": ("f.gif", content(b""), "f.gif: is an empty file"),
    "pipe": ("f.gif", os.mkfifo, "f.gif: cannot be read: it is a pipe, a device or the like"),
    "no image": ("f.gif", content(b"GIF89a" + b"\0" * 50), "f.gif: "),
    "text": ("f.png", content(b"hello"), "f.png: cannot be read as an image: it is damaged, or no GIF"),
    "empty folder": ("f", Path.mkdir, "f: holds no frames (.png, .jpg"),
    "too few in a folder": (
        "f",
        lambda path: write_folder(path, FRAMES[:1]),
        "f: holds 1 frame, but the model is given 2 to predict from; give more",
    ),
    "too few in a GIF": (
        "f.gif",
        lambda path: Image.fromarray(FRAMES[0]).save(path),
        "f.gif: holds 1 frame, but the model is given 2",
    ),
    "no frames": ("f.npz", array(FRAMES[:0]), "f.npz: holds no frames"),
    "gap": (
        "f",
        folder_of("0.png", "1.png", "3.png"),
        "f/3.png: comes after 1.png, though the other numbers are 1 apart; restore what is missing",
    ),
    "same number": ("f", folder_of("1.png", "01.png", "2.png"), "f/1.png: has the same number as 01.png"),
    "no number": (
        "f",
        folder_of("1.png", "2.png", "cover.png"),
        "f/cover.png: has no number in its name, though others do, so it cannot be ordered",
    ),
    "other sizes": ("f", frames_of_two_sizes, "f: frame 1 is 32x64, but the first is 64x64 (height x width)"),
    "transparent": ("f", transparent_frame, "f/1.png: is partly transparent; save it without an alpha channel"),
    "animations in a folder": (
        "f",
        folder_of_animations,
        "f/0.webp: is an animation, though it is one of several files",
    ),
    "CMYK": (
        "f.jpg",
        lambda path: converted(FRAMES[0], "CMYK").save(path),
        "f.jpg: has the colours CMYK; save it as RGB",
    ),
    "16 bits": (
        "f.png",
        lambda path: converted(FRAMES[0], "I;16").save(path),
        "f.png: has the colours I;16; save it as RGB with 8 bits",
    ),
    "huge PNG": (
        "f.png",
        content(png_header(60000, 60000)),
        "f.png: claims to be far too large, and 33,554,432 pixels are the most; scale it",
    ),
    "huge GIF": (
        "f.gif",
        content(
            b"GIF89a" + struct.pack("<2H", 65535, 65535) + b"\xf7\0\0" + bytes(768) + b",\0\0\0\0\1\0\1\0\0\2\2L\1\0;"
        ),
        "f.gif: claims to be far too large",
    ),
    "large PNG": (
        "f.png",
        content(png_header(7000, 9000)),
        "f.png: is 9000x7000 (height x width), and 1 to 33,554,432 pixels can be read; scale it",
    ),
    "huge file": (
        "f.webp",
        lambda path: (path.touch(), os.truncate(path, 2**29)),
        "f.webp: is far too large: 536,870,912 bytes",
    ),
    "floats up to 255": (
        "f.npz",
        array(FRAMES.astype(np.float32)),
        "f.npz, frames, frame 0: holds numbers from 0 to 252, but frames are uint8",
    ),
    "not finite": (
        "f.npz",
        array(np.full((2, 64, 64, 3), np.nan)),
        "f.npz, frames, frame 0: holds numbers that are not finite",
    ),
    "whole numbers": (
        "f.npy",
        array(FRAMES.astype(np.int64)),
        "f.npy, frame 0: is of type int64, but frames are uint8",
    ),
    "pickle": ("f.npy", array(np.array([{}, {}], object)), "f.npy: is of type object; save plain numbers"),
    "several futures": (
        "f.npz",
        array(np.zeros((2, 3, 3, 64, 64), np.uint8)),
        "holds 2 futures, [2, 3, 3, 64, 64]; save one of them",
    ),
    "2 channels": (
        "f.npz",
        array(np.zeros((2, 64, 64, 2), np.uint8)),
        "f.npz, frames: is [2, 64, 64, 2], but frames are [T, H, W, C]",
    ),
    "which array": (
        "f.npz",
        lambda path: np.savez(path, a=FRAMES, b=FRAMES),
        "f.npz: which array? It holds 2 (a, b); call the right one 'frames'",
    ),
    "no zip": ("f.npz", content(b"PK\3\4" + bytes(50)), "f.npz: cannot be read as an .npz"),
    "cut NPY": (
        "f.npy",
        lambda path: path.write_bytes(npy("(5, 64, 64, 3)", data=bytes(64 * 64 * 3 + 5))),
        "f.npy: ends after 1 of the 5 rows",
    ),
    "huge NPY": ("f.npy", content(npy("(10, 99999999, 99999999, 3)")), "f.npy: claims [10, 99999999, 99999999, 3]"),
    "many rows": (
        "f.npy",
        content(npy("(99999999999999999999, 2, 2, 3)", data=bytes(13))),
        "f.npy: ends after 1 of the 99,999,999,999,999,999,999",
    ),
    "negative": ("f.npy", content(npy("(-5, 64, 64, 3)")), "f.npy: claims [-5, 64, 64, 3]"),
    "code": ("f.npy", content(npy("__import__('os').abort()")), "f.npy: cannot be read as a NumPy array"),
    "by columns": ("f.npy", array(np.asfortranarray(FRAMES)), "by columns; save numpy.ascontiguousarray"),
    "zip bomb": ("f.npz", zip_bomb, "f.npz, frames: claims [2, 40000, 40000, 3]"),
}
BAD_VIDEOS: dict[str, tuple[str, Writer, str]] = {
    "playlist": (
        "f.mp4",
        content(b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"),
        "f.mp4: is no MP4, MOV, AVI, MKV or WebM, whatever its name says",
    ),
    "concat": ("f.mkv", content(b"ffconcat version 1.0\nfile /etc/passwd\n"), "f.mkv: is no MP4"),
    "cut MP4": ("f.mp4", content(b"\0\0\0\x18ftypisom" + bytes(500)), "f.mp4: cannot be read as a video"),
    "zeros": ("f.avi", content(bytes(10**6)), "f.avi: is no MP4"),
    "alpha": ("f.mkv", lambda path: write_video(path, FRAMES, "ffv1", "bgra"), "f.mkv, frame 0: has an alpha channel"),
    "too few": (
        "f.avi",
        lambda path: write_video(path, FRAMES[:1], "ffv1", "bgr0"),
        "f.avi: holds 1 frame, but the model is given 2",
    ),
}


@pytest.fixture
def error_of(tmp_path: Path) -> Callable[[Path], str]:
    """error_of(frames): the one line that reading 2 frames for a robot's model ends with."""
    conditions = tmp_path / "conditions.csv"
    np.savetxt(conditions, np.ones((5, 7)), delimiter=",")

    def read(path: Path) -> str:
        with bounded(), pytest.raises(VidpredError) as caught:
            read_user_clip(path, [conditions], BairRobot(BairRobot.Config(root=tmp_path)), past=2)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return read


@pytest.mark.parametrize("case", BAD_FRAMES)
def test_bad_frames_are_named(case: str, error_of: Callable[[Path], str], tmp_path: Path) -> None:
    name, write, expected = BAD_FRAMES[case]
    write(tmp_path / name)
    message = error_of(tmp_path / name)
    assert f"{tmp_path}/" in message and expected in message, message


@pytest.mark.parametrize("case", BAD_VIDEOS)
def test_bad_videos_are_named(case: str, error_of: Callable[[Path], str], tmp_path: Path) -> None:
    pytest.importorskip("av")
    name, write, expected = BAD_VIDEOS[case]
    write(tmp_path / name)
    message = error_of(tmp_path / name)
    assert f"{tmp_path}/" in message and expected in message, message


@pytest.mark.parametrize(("codec", "pixels"), [("libx264", "yuv420p"), ("mpeg4", "yuv420p")])
def test_a_video_without_frame_data_is_named(
    codec: str, pixels: str, error_of: Callable[[Path], str], tmp_path: Path
) -> None:
    """Its header is intact, what follows is zeros."""
    pytest.importorskip("av")
    data = bytearray(write_video(tmp_path / "f.mp4", FRAMES, codec, pixels).read_bytes())
    begin, end = data.find(b"mdat") + 4, data.find(b"moov") - 4
    data[begin:end] = bytes(end - begin)
    (tmp_path / "f.mp4").write_bytes(data)
    assert "f.mp4: " in error_of(tmp_path / "f.mp4")


@pytest.mark.parametrize("ending", ["mp4", "avi"])
def test_videos_need_pyav(
    ending: str, error_of: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    path = tmp_path / f"f.{ending}"
    path.write_bytes(b"x")
    assert f"f.{ending}: videos need PyAV; pip install 'vidpred[video]', or use a GIF" in error_of(path)


def read_some(path: Path) -> None:
    rows = iterate_rows(path, 7) if path.suffix == ".csv" else iterate_user_frames(path)
    list(islice(rows, 9))


def damaged(data: bytes, generator: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(generator.choice([1, 2, 9])):
        end = len(changed) if generator.random() < 0.5 else min(150, len(changed))
        changed[generator.randrange(end)] = generator.choice([0, 255, generator.randrange(256)])
    cut = generator.random() < 0.1
    return bytes(changed[: generator.randrange(len(changed))] if cut else changed)


def test_500_damaged_files_of_each_kind_are_read_or_named(tmp_path: Path) -> None:
    write_animation(tmp_path / "a.gif", FRAMES)
    write_animation(tmp_path / "a.png", FRAMES)
    np.savez(tmp_path / "a.npz", frames=FRAMES[:, :16, :16])
    np.save(tmp_path / "a.npy", FRAMES[:, :16, :16])
    np.savetxt(tmp_path / "a.csv", np.ones((9, 7)), delimiter=",")
    for path in sorted(tmp_path.glob("a.*")):
        intact, generator, outcomes = path.read_bytes(), random.Random(0), set()
        for _ in range(500):
            path.write_bytes(damaged(intact, generator))
            try:
                read_some(path)
                outcomes.add("read")
            except VidpredError:
                outcomes.add("error")
        assert outcomes == {"read", "error"}, path
