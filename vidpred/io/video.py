"""Video files, read and written by PyAV: the extra `video`.

Not through imageio's plugin of it: that decodes a frame before one can ask how large it claims to be, and believes a file that says it
is a playlist, which makes ffmpeg open other files.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidpred.errors import DataError, VidpredError
from vidpred.io.files import checked_size, opened

ENDINGS = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm")
_HEAD = 12  # bytes that say what a file is
_MOST_PACKETS = 10_000  # that may come before a frame does
_QUALITY = {"crf": "10"}  # of H.264, 0 (lossless) to 51


def read(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Each frame [H, W, 3] of a video, decoded when it is asked for, and turned as the file says. Raises VidpredError."""
    av = _av(path)
    with opened(path) as file:
        kind = _kind(path, file.read(_HEAD))
        file.seek(0)
        try:
            with av.open(
                file, format=kind, options={"protocol_whitelist": "", "enable_drefs": "0"}, metadata_errors="replace"
            ) as container:
                if not container.streams.video:
                    raise DataError(f"{path}: holds no video; give another")
                yield from _frames(path, container, container.streams.video[0])
        except av.FFmpegError as error:
            raise DataError(
                f"{path}: cannot be read as a video: {error.strerror}; restore it, or give another"
            ) from error


def write(path: Path, pages: Iterator[NDArray[np.uint8]], milliseconds: int) -> None:
    """Write pages [H, W, 3] as H.264 in MP4, each shown so long. Where a side is odd, which common players cannot show, its last
    row or column is there twice. Raises VidpredError without PyAV."""
    av = _av(path)
    first = next(pages)
    height, width = (side + side % 2 for side in first.shape[:2])
    with (
        path.open("wb") as file,
        av.open(file, "w", format="mp4") as container,
    ):  # a name may look like an address to ffmpeg
        stream = container.add_stream("libx264", rate=Fraction(1000, milliseconds), options=_QUALITY)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for page in chain([first], pages):
            even = np.pad(page, ((0, height - page.shape[0]), (0, width - page.shape[1]), (0, 0)), mode="edge")
            container.mux(stream.encode(av.VideoFrame.from_ndarray(even)))
        container.mux(stream.encode())


def needed(path: Path) -> None:
    """Raises VidpredError where PyAV is not installed."""
    _av(path)


def _av(path: Path) -> Any:
    """PyAV. Raises VidpredError where it is not installed."""
    try:
        import av
    except ImportError as error:
        raise VidpredError(
            f"{path}: videos need PyAV; pip install 'vidpred[video]', or use a GIF, a folder of images or an .npz"
        ) from error
    return av


def _kind(path: Path, head: bytes) -> str:
    """Which demuxer is to read it. Raises DataError for playlists and the like: ffmpeg would open what they name."""
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mov"
    if head[:4] == b"RIFF" and head[8:] == b"AVI ":
        return "avi"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "matroska"
    raise DataError(f"{path}: is no MP4, MOV, AVI, MKV or WebM, whatever its name says; restore it, or give another")


def _frames(path: Path, container: Any, stream: Any) -> Iterator[NDArray[np.uint8]]:
    if stream.codec_context is None:
        raise DataError(f"{path}: its codec is not known; convert it to H.264, or give another")
    checked_size(path, stream.codec_context.height, stream.codec_context.width)
    stream.thread_type = "SLICE"  # by whole frames, it would hold many
    number = waited = 0
    for packet in container.demux(stream):
        waited += 1
        if waited > _MOST_PACKETS:
            raise DataError(
                f"{path}: no frame comes out of {_MOST_PACKETS:,} packets; it is damaged; restore it, or give another"
            )
        for frame in packet.decode():
            yield _pixels(f"{path}, frame {number}", frame)
            number, waited = number + 1, 0


def _pixels(where: str, frame: Any) -> NDArray[np.uint8]:
    checked_size(where, frame.height, frame.width)
    if frame.is_corrupt:
        raise DataError(f"{where}: is damaged; restore the video, or give another")
    if any(component.is_alpha for component in frame.format.components):
        raise DataError(f"{where}: has an alpha channel; save the video without")
    pixels: NDArray[np.uint8] = frame.to_ndarray(format="rgb24")
    return np.ascontiguousarray(np.rot90(pixels, frame.rotation // 90))
