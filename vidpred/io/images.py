"""Images and animations that a user gives: GIF, PNG, WebP, JPEG and BMP, read by Pillow. No torch."""

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
from vidpred.io.files import open_input_file

Pixels = NDArray[np.uint8]  # [H, W, 3], or grey: [H, W, 1]
ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")
MOST_PIXELS = 2**25  # of a frame: 8K video has 33,177,600
_FORMATS = ("GIF", "PNG", "WEBP", "JPEG", "BMP")
_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")
_LARGEST_FILE = 2**28
_PILLOW_ERRORS = (  # what Pillow raises on a damaged file
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


def check_image_size(where: Path | str, height: int, width: int, advice: str = "") -> None:
    """Raise DataError for a frame without pixels, or with more than MOST_PIXELS. Call it before decoding.

    `where` is the file, or the file and frame in words; `advice` continues "scale it".
    """
    if min(height, width) >= 1 and height * width <= MOST_PIXELS:
        return
    message = f"is {height}x{width} (height x width), and 1 to {MOST_PIXELS:,} pixels can be read; scale it{advice}"
    raise DataError(message, where) if isinstance(where, Path) else DataError(f"{where}: {message}")


def read_still(path: Path) -> Pixels:
    """Read a still image. Raises DataError, also for an animation."""
    frames = iterate_images(path)
    still = next(frames)
    if next(frames, None) is not None:
        raise DataError(
            "is an animation, though it is one of several files; give the animation itself, or save one frame of it",
            path,
        )
    return still


def iterate_images(path: Path) -> Iterator[Pixels]:
    """Yield each frame of an animation, or the one of a still image, decoded when it is asked for.

    Files up to 256 MiB and frames up to MOST_PIXELS are read. Raises DataError.
    """
    with open_input_file(path, _LARGEST_FILE) as file, _open_image(path, file) as image:
        # The default image of an APNG is for viewers that show no animations; it may not belong to the animation.
        first = 1 if image.info.get("default_image") else 0
        number = first
        while number == first or number < _count_frames(path, image):
            yield _read_image(path, image, number)
            number += 1


def drop_alpha(where: Path | str, pixels: Pixels) -> Pixels:
    """Return [H, W, 1 or 3] without the alpha channel. Raises DataError if a pixel is transparent.

    The background behind it is not known.
    """
    if pixels.shape[2] not in (2, 4):
        return pixels
    if pixels[..., -1].min() < 255:
        raise DataError(
            f"{where}: is partly transparent; save it without an alpha channel, on the background that the model was "
            "trained with"
        )
    return pixels[..., :-1]


def _open_image(path: Path, file: Any) -> Image.Image:
    """Read the header alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about large images: check_image_size rejects them
        try:
            image = Image.open(file, formats=_FORMATS)
        except _PILLOW_ERRORS as error:
            raise _unreadable(path, error) from error
    check_image_size(path, image.height, image.width)
    return image


def _count_frames(path: Path, image: Any) -> int:
    try:
        return int(getattr(image, "n_frames", 1))
    except _PILLOW_ERRORS as error:
        raise _unreadable(path, error) from error


def _read_image(path: Path, image: Image.Image, number: int) -> Pixels:
    where = f"{path}, frame {number}" if number else str(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image.seek(number)
            check_image_size(where, image.height, image.width)
            if image.mode not in _MODES:
                raise DataError(f"{where}: has the colours {image.mode}; save it as RGB with 8 bits a channel")
            image.load()
            upright = _without_palette(ImageOps.exif_transpose(image))
        except _PILLOW_ERRORS as error:
            raise _unreadable(where, error) from error
    pixels = np.asarray(upright)
    return drop_alpha(where, pixels[..., None] if pixels.ndim == 2 else pixels)


def _without_palette(image: Image.Image) -> Image.Image:
    """Convert to L, LA, RGB or RGBA."""
    if image.mode == "1":
        image = image.convert("L")
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA")
    return image


def _unreadable(where: Path | str, error: Exception) -> DataError:
    if isinstance(error, Image.DecompressionBombError):
        return DataError(f"{where}: claims to be far too large, and {MOST_PIXELS:,} pixels are the most; scale it")
    reason = str(error)
    if isinstance(error, UnidentifiedImageError):
        reason = "it is damaged, or no GIF, PNG, WebP, JPEG or BMP at all"
    return DataError(f"{where}: cannot be read as an image: {reason}; restore it, or give another")
