"""Pictures, still or moving: GIF, PNG, WebP, JPEG and BMP, read by Pillow."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from vidpred.errors import DataError
from vidpred.io.files import MOST_PIXELS, checked_size, opened

Pixels = NDArray[np.uint8]  # [H, W, 3], or grey: [H, W, 1]
ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")
_FORMATS = ("GIF", "PNG", "WEBP", "JPEG", "BMP")
_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")
_MOST_BYTES = 2**28
# what Pillow raises on a damaged file
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    struct.error,
    Image.DecompressionBombError,
)


def picture(path: Path) -> Pixels:
    """A still picture. Raises DataError, for an animation too."""
    frames = sequence(path)
    first = next(frames)
    if next(frames, None) is not None:
        raise DataError(
            f"{path}: is an animation, though it is one of several files; give the animation itself, or save one frame of it"
        )
    return first


def sequence(path: Path) -> Iterator[Pixels]:
    """Each frame of an animation, or the one of a still picture, decoded when it is asked for. Raises DataError."""
    with opened(path, _MOST_BYTES) as file:
        image = _open(path, file)
        with image:
            begin = (
                1 if image.info.get("default_image") else 0
            )  # an APNG may begin with a frame for those that show no others
            number = begin
            while number == begin or number < _frames(path, image):
                yield _frame(path, image, number)
                number += 1


def opaque(where: object, pixels: Pixels) -> Pixels:
    """The same without an alpha channel, [H, W, 1 or 3]. Raises DataError where anything shines through: what is behind is not known."""
    if pixels.shape[2] not in (2, 4):
        return pixels
    if pixels[..., -1].min() < 255:
        raise DataError(
            f"{where}: is partly transparent; save it without an alpha channel, on the background that the model was trained with"
        )
    return pixels[..., :-1]


def _open(path: Path, file: Any) -> Image.Image:
    """Its header alone is read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is too large is refused below
        try:
            image = Image.open(file, formats=_FORMATS)
        except _DAMAGED as error:
            raise _damaged(path, error) from error
    checked_size(path, image.height, image.width)
    return image


def _frames(path: Path, image: Any) -> int:
    try:
        return int(getattr(image, "n_frames", 1))
    except _DAMAGED as error:
        raise _damaged(path, error) from error


def _frame(path: Path, image: Image.Image, number: int) -> Pixels:
    where = f"{path}, frame {number}" if number else path
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image.seek(number)
            checked_size(where, image.height, image.width)
            if image.mode not in _MODES:
                raise DataError(f"{where}: has the colours {image.mode}; save it as RGB with 8 bits a channel")
            image.load()
            plain = _plain(ImageOps.exif_transpose(image))
        except _DAMAGED as error:
            raise _damaged(where, error) from error
    pixels = np.asarray(plain)
    return opaque(where, pixels[..., None] if pixels.ndim == 2 else pixels)


def _plain(image: Image.Image) -> Image.Image:
    """L, LA, RGB or RGBA."""
    if image.mode == "1":
        image = image.convert("L")
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA")
    return image


def _damaged(where: object, error: Exception) -> DataError:
    if isinstance(error, Image.DecompressionBombError):
        return DataError(f"{where}: claims to be far too large, and {MOST_PIXELS:,} pixels are the most; scale it")
    why = (
        "it is damaged, or no GIF, PNG, WebP, JPEG or BMP at all"
        if isinstance(error, UnidentifiedImageError)
        else str(error)
    )
    return DataError(f"{where}: cannot be read as an image: {why}; restore it, or give another")
