"""What cannot be predicted from: where, what, and what to do; and whatever a file claims, time and memory are bounded."""

from __future__ import annotations

import os
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.io import frame_files
from tests.system.hostile.bounds import bounded
from vidpred.data import user_frames as frames
from vidpred.errors import VidpredError
from vidpred.io import tables

FRAMES = frame_files.drawn(3)


def png(width: int, height: int) -> bytes:
    """What a PNG of this size begins with."""
    head = b"IHDR" + struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + head + struct.pack(">I", zlib.crc32(head)) + b"\0\0\0\x01IDAT"


def npy(shape: str, kind: str = "|u1", data: bytes = b"", order: str = "False") -> bytes:
    header = f"{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def modified(frame: Any, mode: str) -> Any:
    return Image.fromarray(frame).convert(mode)


def sizes(path: Path) -> None:
    frame_files.folder(path, FRAMES[:1])
    Image.fromarray(frame_files.drawn(1, (32, 64))[0]).save(path / "1.png")


def transparent(path: Path) -> None:
    frame_files.folder(path, FRAMES)
    image = modified(FRAMES[1], "RGBA")
    image.putpixel((3, 4), (1, 2, 3, 254))
    image.save(path / "1.png")


def numbers(*files: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.mkdir()
        for file in files:
            Image.fromarray(FRAMES[0]).save(path / file)

    return make


def animated(path: Path) -> None:
    path.mkdir()
    for name in ("0.webp", "1.webp"):
        frame_files.animation(path / name, FRAMES)


def bomb(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("frames.npy", "w", force_zip64=True) as file,
    ):
        file.write(npy("(2, 40000, 40000, 3)"))
        for _ in range(20):
            file.write(bytes(10**6))


def data(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def saved(values: Any) -> Callable[[Path], None]:
    return lambda path: (
        np.save(path, values, allow_pickle=True) if path.suffix == ".npy" else np.savez(path, frames=values)
    )


BAD_FRAMES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "missing": ("no.gif", lambda path: None, "no.gif: does not exist; give another"),
    "address": ("http:/host/v.mp4", lambda path: None, "v.mp4: does not exist"),
    "unknown ending": (
        "f.tar",
        data(b"x"),
        "f.tar: frames cannot be read from this kind of file; give a folder of images, a GIF",
    ),
    "empty file": ("f.gif", data(b""), "f.gif: is an empty file"),
    "pipe": ("f.gif", os.mkfifo, "f.gif: cannot be read: it is a pipe, a device or the like"),
    "no image": ("f.gif", data(b"GIF89a" + b"\0" * 50), "f.gif: "),
    "text": ("f.png", data(b"hello"), "f.png: cannot be read as an image: it is damaged, or no GIF"),
    "empty folder": ("f", Path.mkdir, "f: holds no frames (.png, .jpg"),
    "too few in a folder": (
        "f",
        lambda path: frame_files.folder(path, FRAMES[:1]),
        "f: holds 1 frame, but the model is given 2 to predict from; give more",
    ),
    "too few in a GIF": (
        "f.gif",
        lambda path: Image.fromarray(FRAMES[0]).save(path),
        "f.gif: holds 1 frame, but the model is given 2",
    ),
    "no frames": ("f.npz", saved(FRAMES[:0]), "f.npz: holds no frames"),
    "gap": (
        "f",
        numbers("0.png", "1.png", "3.png"),
        "f/3.png: comes after 1.png, though the other numbers are 1 apart; restore what is missing",
    ),
    "same number": ("f", numbers("1.png", "01.png", "2.png"), "f/1.png: has the same number as 01.png"),
    "no number": (
        "f",
        numbers("1.png", "2.png", "cover.png"),
        "f/cover.png: has no number in its name, though others do, so it cannot be ordered",
    ),
    "other sizes": ("f", sizes, "f: frame 1 is 32x64, but the first is 64x64 (height x width)"),
    "transparent": ("f", transparent, "f/1.png: is partly transparent; save it without an alpha channel"),
    "animations in a folder": ("f", animated, "f/0.webp: is an animation, though it is one of several files"),
    "CMYK": (
        "f.jpg",
        lambda path: modified(FRAMES[0], "CMYK").save(path),
        "f.jpg: has the colours CMYK; save it as RGB",
    ),
    "16 bits": (
        "f.png",
        lambda path: modified(FRAMES[0], "I;16").save(path),
        "f.png: has the colours I;16; save it as RGB with 8 bits",
    ),
    "huge PNG": (
        "f.png",
        data(png(60000, 60000)),
        "f.png: claims to be far too large, and 33,554,432 pixels are the most; scale it",
    ),
    "huge GIF": (
        "f.gif",
        data(
            b"GIF89a" + struct.pack("<2H", 65535, 65535) + b"\xf7\0\0" + bytes(768) + b",\0\0\0\0\1\0\1\0\0\2\2L\1\0;"
        ),
        "f.gif: claims to be far too large",
    ),
    "large PNG": (
        "f.png",
        data(png(7000, 9000)),
        "f.png: is 9000x7000 (height x width), and 1 to 33,554,432 pixels can be read; scale it",
    ),
    "huge file": (
        "f.webp",
        lambda path: (path.touch(), os.truncate(path, 2**29)),
        "f.webp: is far too large: 536,870,912 bytes",
    ),
    "floats up to 255": (
        "f.npz",
        saved(FRAMES.astype(np.float32)),
        "f.npz, frames, frame 0: holds numbers from 0 to 252, but frames are uint8",
    ),
    "not finite": (
        "f.npz",
        saved(np.full((2, 64, 64, 3), np.nan)),
        "f.npz, frames, frame 0: holds numbers that are not finite",
    ),
    "whole numbers": (
        "f.npy",
        saved(FRAMES.astype(np.int64)),
        "f.npy, frame 0: is of type int64, but frames are uint8",
    ),
    "pickle": ("f.npy", saved(np.array([{}, {}], object)), "f.npy: is of type object; save plain numbers"),
    "several futures": (
        "f.npz",
        saved(np.zeros((2, 3, 3, 64, 64), np.uint8)),
        "holds 2 futures, [2, 3, 3, 64, 64]; save one of them",
    ),
    "2 channels": (
        "f.npz",
        saved(np.zeros((2, 64, 64, 2), np.uint8)),
        "f.npz, frames: is [2, 64, 64, 2], but frames are [T, H, W, C]",
    ),
    "which array": (
        "f.npz",
        lambda path: np.savez(path, a=FRAMES, b=FRAMES),
        "f.npz: which array? It holds 2 (a, b); call the right one 'frames'",
    ),
    "no zip": ("f.npz", data(b"PK\3\4" + bytes(50)), "f.npz: cannot be read as an .npz"),
    "cut NPY": (
        "f.npy",
        lambda path: path.write_bytes(npy("(5, 64, 64, 3)", data=bytes(64 * 64 * 3 + 5))),
        "f.npy: ends after 1 of the 5 rows",
    ),
    "huge NPY": ("f.npy", data(npy("(10, 99999999, 99999999, 3)")), "f.npy: claims [10, 99999999, 99999999, 3]"),
    "many rows": (
        "f.npy",
        data(npy("(99999999999999999999, 2, 2, 3)", data=bytes(13))),
        "f.npy: ends after 1 of the 99,999,999,999,999,999,999",
    ),
    "negative": ("f.npy", data(npy("(-5, 64, 64, 3)")), "f.npy: claims [-5, 64, 64, 3]"),
    "code": ("f.npy", data(npy("__import__('os').abort()")), "f.npy: cannot be read as a NumPy array"),
    "by columns": ("f.npy", saved(np.asfortranarray(FRAMES)), "by columns; save numpy.ascontiguousarray"),
    "zip bomb": ("f.npz", bomb, "f.npz, frames: claims [2, 40000, 40000, 3]"),
}
VIDEOS: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "playlist": (
        "f.mp4",
        data(b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"),
        "f.mp4: is no MP4, MOV, AVI, MKV or WebM, whatever its name says",
    ),
    "concat": ("f.mkv", data(b"ffconcat version 1.0\nfile /etc/passwd\n"), "f.mkv: is no MP4"),
    "cut MP4": ("f.mp4", data(b"\0\0\0\x18ftypisom" + bytes(500)), "f.mp4: cannot be read as a video"),
    "zeros": ("f.avi", data(bytes(10**6)), "f.avi: is no MP4"),
    "alpha": (
        "f.mkv",
        lambda path: frame_files.video(path, FRAMES, "ffv1", "bgra"),
        "f.mkv, frame 0: has an alpha channel",
    ),
    "too few": (
        "f.avi",
        lambda path: frame_files.video(path, FRAMES[:1], "ffv1", "bgr0"),
        "f.avi: holds 1 frame, but the model is given 2",
    ),
}


@pytest.fixture
def refused(
    robot_run: Path, robot_conditions: tuple[object, ...], predict: Callable[..., Any], tmp_path: Path
) -> Callable[..., str]:
    """refused(frames): the one message."""

    def call(path: Path, *conditions: object) -> str:
        with bounded():
            outcome = predict(
                robot_run, "--frames", path, *(conditions or robot_conditions), "--out", tmp_path / "o.npz", code=2
            )
        assert (
            outcome.errors.startswith("error: ")
            and outcome.errors.count("\n") == 1
            and not (tmp_path / "o.npz").exists()
        )
        return str(outcome.errors)

    return call


@pytest.mark.parametrize("case", BAD_FRAMES)
def test_frames(case: str, refused: Callable[..., str], tmp_path: Path) -> None:
    name, make, said = BAD_FRAMES[case]
    make(tmp_path / name)
    assert f"{tmp_path}/" in (message := refused(tmp_path / name)) and said in message, message


@pytest.mark.parametrize("case", VIDEOS)
def test_videos(case: str, refused: Callable[..., str], tmp_path: Path) -> None:
    pytest.importorskip("av")
    name, make, said = VIDEOS[case]
    make(tmp_path / name)
    assert f"{tmp_path}/" in (message := refused(tmp_path / name)) and said in message, message


@pytest.mark.parametrize(("codec", "pixels"), [("libx264", "yuv420p"), ("mpeg4", "yuv420p")])
def test_a_video_whose_frames_are_lost(codec: str, pixels: str, refused: Callable[..., str], tmp_path: Path) -> None:
    """Its header is whole, what follows is zeros."""
    pytest.importorskip("av")
    content = bytearray(frame_files.video(tmp_path / "f.mp4", FRAMES, codec, pixels).read_bytes())
    begin, end = content.find(b"mdat") + 4, content.find(b"moov") - 4
    content[begin:end] = bytes(end - begin)
    (tmp_path / "f.mp4").write_bytes(content)
    assert "f.mp4: " in refused(tmp_path / "f.mp4")


@pytest.mark.parametrize("ending", ["mp4", "avi"])
def test_without_pyav(
    ending: str, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    (tmp_path / f"f.{ending}").write_bytes(b"x")
    assert f"f.{ending}: videos need PyAV; pip install 'vidpred[video]', or use a GIF" in refused(
        tmp_path / f"f.{ending}"
    )


BAD_CONDITIONS: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "missing": ("c.csv", lambda path: None, "c.csv: does not exist"),
    "folder": (
        "c",
        lambda path: frame_files.folder(path, FRAMES),
        "c: conditions cannot be read from this; the model reads 7 numbers for each frame",
    ),
    "header": (
        "c.csv",
        data(b"a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n"),
        "c.csv: line 1, column 1 is 'a', not a number; rows hold numbers alone, without",
    ),
    "few columns": (
        "c.csv",
        data(b"1,2,3,4\n" * 5),
        "c.csv: has 4 columns, but the model reads 7; the columns of several files are concatenated",
    ),
    "many columns": ("c.csv", data(b"1,2,3,4,5,6,7,8\n" * 5), "c.csv: line 1 has 8 columns, but the model reads 7"),
    "ragged": ("c.csv", data(b"1,2,3,4,5,6,7\n1,2\n"), "c.csv: line 2 has 2 columns, but line 1 has 7"),
    "semicolons": ("c.csv", data(b"1;2;3;4;5;6;7\n"), "c.csv: line 1, column 1 is '1;2;3;4;5;6;7', not a number"),
    "not finite": (
        "c.csv",
        data(b"1,2,3,4,5,6,7\n1,2,nan,4,5,6,7\n"),
        "c.csv: line 2, column 3 is nan; it should be a finite number",
    ),
    "too large": (
        "c.csv",
        data(b"1,2,3,4,5,6,1e39\n"),
        "c.csv: line 1, column 7 is 1e39; it should be a finite number",
    ),
    "empty line": ("c.csv", data(b"1,2,3,4,5,6,7\n\n1,2,3,4,5,6,7\n"), "c.csv: line 2 is empty, though others follow"),
    "a million columns": ("c.csv", data(b"1," * 10**6), "c.csv: line 1 is far too long for at most 7 numbers"),
    "too few rows": (
        "c.csv",
        data(b"1,2,3,4,5,6,7\n"),
        "c.csv: holds 1 condition, but 1 step after 2 frames needs 2; give more",
    ),
    "binary": ("c.csv", data(bytes(range(256))), "c.csv: "),
    "NPY of other columns": (
        "c.npy",
        saved(np.zeros((5, 9))),
        "c.npy: is [5, 9], but conditions are [T, columns] with 7 columns at most",
    ),
    "NPY of 3 axes": ("c.npy", saved(np.zeros((5, 7, 1))), "c.npy: is [5, 7, 1], but"),
    "NPY, not finite": (
        "c.npy",
        saved(np.full((5, 7), np.inf)),
        "c.npy: row 0, counted from 0, holds a number that is not finite",
    ),
    "NPY, overflow": (
        "c.npy",
        saved(np.full((5, 7), 1e300)),
        "c.npy: row 0, counted from 0, holds a number that is not finite",
    ),
    "NPY, no rows": ("c.npy", saved(np.zeros((0, 7))), "c.npy: holds no conditions"),
    "endless NPY": (
        "c.npy",
        lambda path: (path.write_bytes(npy("(999999999, 7)")), os.truncate(path, 2**30)),
        "--steps: all conditions are too",
    ),
}


@pytest.mark.parametrize("case", BAD_CONDITIONS)
def test_conditions(case: str, refused: Callable[..., str], tmp_path: Path) -> None:
    name, make, said = BAD_CONDITIONS[case]
    make(tmp_path / name)
    np.savez(tmp_path / "f.npz", frames=FRAMES)
    assert said in (message := refused(tmp_path / "f.npz", "--conditions", tmp_path / name)), message


def test_whatever_is_changed_in_a_file(tmp_path: Path) -> None:
    """500 damaged files of each kind are read, or refused."""
    frame_files.animation(tmp_path / "a.gif", FRAMES)
    frame_files.animation(tmp_path / "a.png", FRAMES)
    np.savez(tmp_path / "a.npz", frames=FRAMES[:, :16, :16])
    np.save(tmp_path / "a.npy", FRAMES[:, :16, :16])
    np.savetxt(tmp_path / "a.csv", np.ones((9, 7)), delimiter=",")
    for path in sorted(tmp_path.glob("a.*")):
        whole, draw, ends = path.read_bytes(), random.Random(0), set()
        for _ in range(500):
            content = bytearray(whole)
            for _ in range(draw.choice([1, 2, 9])):
                place = draw.randrange(len(content)) if draw.random() < 0.5 else draw.randrange(min(150, len(content)))
                content[place] = draw.choice([0, 255, draw.randrange(256)])
            path.write_bytes(content[: draw.randrange(len(content))] if draw.random() < 0.1 else content)
            try:
                list(
                    islice(
                        tables.iterate_rows(path, 7) if path.suffix == ".csv" else frames.iterate_user_frames(path), 9
                    )
                )
                ends.add("read")
            except VidpredError:
                ends.add("refused")
        assert ends == {"read", "refused"}, path
