"""Video files, read and written by PyAV: the extra `video`.

Not through imageio's PyAV plugin: that decodes a frame before one can ask how large it claims to be, and accepts
playlists, which make ffmpeg open other files.
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
from vidpred.io.files import open_input_file
from vidpred.io.images import check_image_size

ENDINGS = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm")
_MAGIC_BYTES = 12  # at the beginning of a file: they identify its container
_MOST_PACKETS = 10_000  # that may precede a frame
_QUALITY = {"crf": "10"}  # of H.264, 0 (lossless) to 51
_SAFE_OPTIONS = {"protocol_whitelist": "", "enable_drefs": "0"}  # ffmpeg opens no other file


def iterate_video(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Yield each frame [H, W, 3] of a video, decoded when it is asked for, and rotated as the file says.

    Frames up to MOST_PIXELS are read. Raises DataError, and VidpredError without PyAV.
    """
    av = _import_av(path)
    with open_input_file(path) as file:
        demuxer = _choose_demuxer(path, file.read(_MAGIC_BYTES))
        file.seek(0)
        try:
            with av.open(file, format=demuxer, options=_SAFE_OPTIONS, metadata_errors="replace") as container:
                if not container.streams.video:
                    raise DataError("holds no video; give another", path)
                yield from _decode_frames(path, container, container.streams.video[0])
        except av.FFmpegError as error:
            raise DataError(
                f"cannot be read as a video: {error.strerror}; restore it, or give another", path
            ) from error


def write_video(path: Path, frames: Iterator[NDArray[np.uint8]], milliseconds: int) -> None:
    """Write frames [H, W, 3] as H.264 in MP4, each shown for this long.

    The last row or column of an odd height or width is duplicated, as common players show only even ones. Raises
    VidpredError without PyAV.
    """
    av = _import_av(path)
    first = next(frames)
    height, width = (side + side % 2 for side in first.shape[:2])
    # A file object, not a path: ffmpeg takes some names for addresses.
    with path.open("wb") as file, av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(1000, milliseconds), options=_QUALITY)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in chain([first], frames):
            padding = ((0, height - frame.shape[0]), (0, width - frame.shape[1]), (0, 0))
            even = np.pad(frame, padding, mode="edge")
            container.mux(stream.encode(av.VideoFrame.from_ndarray(even)))
        container.mux(stream.encode())


def require_av(path: Path) -> None:
    """Raise VidpredError if PyAV is not installed."""
    _import_av(path)


def _import_av(path: Path) -> Any:
    try:
        import av
    except ImportError as error:
        raise VidpredError(
            f"{path}: videos need PyAV; pip install 'vidpred[video]', or use a GIF, a folder of images or an .npz"
        ) from error
    return av


def _choose_demuxer(path: Path, magic: bytes) -> str:
    """Return ffmpeg's name of the container. Raises DataError for playlists: ffmpeg would open their entries."""
    if magic[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mov"
    if magic[:4] == b"RIFF" and magic[8:] == b"AVI ":
        return "avi"
    if magic[:4] == b"\x1aE\xdf\xa3":
        return "matroska"
    raise DataError("is no MP4, MOV, AVI, MKV or WebM, whatever its name says; restore it, or give another", path)


def _decode_frames(path: Path, container: Any, stream: Any) -> Iterator[NDArray[np.uint8]]:
    if stream.codec_context is None:
        raise DataError("its codec is not known; convert it to H.264, or give another", path)
    check_image_size(path, stream.codec_context.height, stream.codec_context.width)
    stream.thread_type = "SLICE"  # threads by frame would hold many frames in memory
    number = waiting = 0
    for packet in container.demux(stream):
        waiting += 1
        if waiting > _MOST_PACKETS:
            raise DataError(
                f"no frame comes out of {_MOST_PACKETS:,} packets; it is damaged; restore it, or give another", path
            )
        for frame in packet.decode():
            yield _to_pixels(f"{path}, frame {number}", frame)
            number, waiting = number + 1, 0


def _to_pixels(where: str, frame: Any) -> NDArray[np.uint8]:
    check_image_size(where, frame.height, frame.width)
    if frame.is_corrupt:
        raise DataError(f"{where}: is damaged; restore the video, or give another")
    if any(component.is_alpha for component in frame.format.components):
        raise DataError(f"{where}: has an alpha channel; save the video without")
    pixels: NDArray[np.uint8] = frame.to_ndarray(format="rgb24")
    return np.ascontiguousarray(np.rot90(pixels, frame.rotation // 90))
