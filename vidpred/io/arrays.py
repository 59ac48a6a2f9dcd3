"""NumPy files (.npy, .npz), read row by row: a header's claim allocates no memory, and nothing in them is executed.

`numpy.load` allocates what the header claims, maps only .npy into memory, and decompresses all of an .npz for a few
rows. Its header parsers are used.
"""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import Any, BinaryIO, NamedTuple, cast

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from vidpred.errors import DataError
from vidpred.io.files import open_input_file
from vidpred.io.images import MOST_PIXELS, Pixels, drop_alpha

ENDINGS = (".npz", ".npy")
FRAMES_KEY = "frames"  # of the array in an .npz
_HEADER_BYTES = 2**14
_MOST_ROW_VALUES = 4 * MOST_PIXELS
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
_HEADER_ERRORS = (ValueError, EOFError, SyntaxError, TypeError, OverflowError, RecursionError, MemoryError, TokenError)
_CHANNELS = (1, 3, 4)
_ROUNDING = 1e-4  # by which floats may leave [0, 1]


class ArrayRows(NamedTuple):
    """An array on disk: its shape and type, and its rows along the first axis, read one by one."""

    where: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    rows: Iterator[NDArray[Any]]


@contextmanager
def open_array(path: Path) -> Iterator[ArrayRows]:
    """Open the array of an .npy; of an .npz, the one called `frames`, or the only one.

    The type is an integer or float of at most 8 bytes; a row has at most 4 MOST_PIXELS values. Raises DataError.
    """
    with open_input_file(path) as file:
        if path.suffix.lower() != ".npz":
            yield _read_header(str(path), file)
            return
        try:
            with zipfile.ZipFile(file) as archive:
                name = _choose_member(path, archive.namelist())
                with archive.open(name) as member:
                    yield _read_header(f"{path}, {name.removesuffix('.npy')}", cast(BinaryIO, member))
        except _ZIP_ERRORS as error:
            raise DataError(f"cannot be read as an .npz: {error}; write it again", path) from error


def iterate_array_frames(path: Path) -> Iterator[Pixels]:
    """Yield each frame of an .npz or .npy as uint8 [H, W, 1 or 3].

    The array is [T, H, W, C], [T, C, H, W] or [T, H, W] with 1, 3 or 4 (opaque) channels, uint8 or floats in [0, 1];
    [1, T, …] as `vidpred predict` writes it is accepted. Raises DataError.
    """
    with open_array(path) as array:
        channels_last = _check_frames_shape(array)
        for number, row in enumerate(array.rows):
            where = f"{array.where}, frame {number}"
            pixels = _to_bytes(where, row)
            if pixels.ndim == 2:
                pixels = pixels[..., None]
            elif not channels_last:
                pixels = pixels.transpose(1, 2, 0)
            yield drop_alpha(where, pixels)


def _check_frames_shape(array: ArrayRows) -> bool:
    """Return whether channels are the last axis, or missing. Raises DataError for an array that is not of frames."""
    shape = array.shape
    if len(shape) == 5:
        raise DataError(
            f"{array.where}: holds {shape[0]} futures, {_format_shape(shape)}; save one of them as [T, C, H, W]"
        )
    channels_last = len(shape) == 3 or (len(shape) == 4 and shape[3] in _CHANNELS)
    channels_first = len(shape) == 4 and shape[1] in _CHANNELS
    if not (channels_last or channels_first) or 0 in shape[1:]:
        raise DataError(
            f"{array.where}: is {_format_shape(shape)}, but frames are [T, H, W, C] or [T, C, H, W] with 1, 3 or 4 "
            "channels"
        )
    return channels_last


def _to_bytes(where: str, row: NDArray[Any]) -> NDArray[np.uint8]:
    """Convert floats in [0, 1] to uint8, which models are trained on."""
    if row.dtype == np.uint8:
        return row
    if row.dtype.kind != "f":
        raise DataError(f"{where}: is of type {row.dtype}, but frames are uint8, or floats in [0, 1]; convert it")
    if not bool(np.isfinite(row).all()):
        raise DataError(f"{where}: holds numbers that are not finite; replace them")
    low, high = row.min(), row.max()
    if low < -_ROUNDING or high > 1 + _ROUNDING:
        raise DataError(
            f"{where}: holds numbers from {low:g} to {high:g}, but frames are uint8, or floats in [0, 1]; divide by 255"
        )
    return (row.clip(0, 1) * 255).round().astype(np.uint8)


def _choose_member(path: Path, names: list[str]) -> str:
    arrays = [name for name in names if name.endswith(".npy")]
    if f"{FRAMES_KEY}.npy" in arrays:
        return f"{FRAMES_KEY}.npy"
    if len(arrays) != 1:
        shown = ", ".join(name.removesuffix(".npy") for name in arrays[:5]) or "none"
        raise DataError(f"which array? It holds {len(arrays)} ({shown}); call the right one {FRAMES_KEY!r}", path)
    return arrays[0]


def _read_header(where: str, file: BinaryIO) -> ArrayRows:
    start = BytesIO(file.read(_HEADER_BYTES))
    try:
        version = npy.read_magic(start)
        read_array_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
        if read_array_header is None:
            raise ValueError(f"its version {version} is not known")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about headers that Python 2 wrote
            shape, by_columns, dtype = read_array_header(start)
    except _HEADER_ERRORS as error:
        reason = error or type(error).__name__
        raise DataError(
            f"{where}: cannot be read as a NumPy array: {reason}; write it again with numpy.save"
        ) from error
    if dtype.kind not in "uif" or dtype.itemsize > 8:
        raise DataError(f"{where}: is of type {str(dtype)[:40]}; save plain numbers: uint8, or float32")
    if len(shape) == 0 or (by_columns and len(shape) > 1):
        order = " by columns" if by_columns else ""
        raise DataError(f"{where}: is {_format_shape(shape)}{order}; save numpy.ascontiguousarray of all frames")
    if any(side < 0 for side in shape):
        raise DataError(f"{where}: claims {_format_shape(shape)}; write it again")
    if len(shape) == 5 and shape[0] == 1:
        shape = shape[1:]
    return ArrayRows(where, shape, dtype, _iterate_rows(where, start.read(), file, shape, dtype))


def _iterate_rows(
    where: str, start: bytes, file: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Iterator[NDArray[Any]]:
    """Yield each row; `start` are the bytes after the header that have been read with it."""
    values = prod(shape[1:])
    if values > _MOST_ROW_VALUES:
        raise DataError(
            f"{where}: claims {_format_shape(shape)}, and {_MOST_ROW_VALUES:,} numbers of a frame are the most; "
            "scale it"
        )
    size = values * dtype.itemsize
    for number in range(shape[0]):
        data, start = start[:size], start[size:]
        data += file.read(size - len(data))
        if len(data) < size:
            raise DataError(f"{where}: ends after {number} of the {shape[0]:,} rows that it claims; write it again")
        yield np.frombuffer(data, dtype).reshape(shape[1:])


def _format_shape(shape: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, shape[:8]))}{', …' if len(shape) > 8 else ''}]"
