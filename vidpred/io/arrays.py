"""NumPy's files, row by row: what a header claims takes no memory, and nothing in them is executed."""

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
from vidpred.io.files import MOST_PIXELS, opened
from vidpred.io.images import Pixels, opaque

ENDINGS = (".npz", ".npy")
NAME = "frames"  # of the array in an .npz
_HEADER = 2**14
_MOST_VALUES = 4 * MOST_PIXELS  # of one row
_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
_NO_HEADER = (ValueError, EOFError, SyntaxError, TypeError, OverflowError, RecursionError, MemoryError, TokenError)
_CHANNELS = (1, 3, 4)
_ROUNDING = 1e-4  # by which numbers may leave [0, 1]


class Array(NamedTuple):
    """An array on disk: its rows along the first axis, read one by one."""

    where: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    rows: Iterator[NDArray[Any]]


@contextmanager
def array(path: Path) -> Iterator[Array]:
    """The array of an .npy; of an .npz, `frames`, or the only one. Raises DataError."""
    with opened(path) as file:
        if path.suffix.lower() != ".npz":
            yield _array(str(path), file)
            return
        try:
            with zipfile.ZipFile(file) as archive:
                name = _member(path, archive.namelist())
                with archive.open(name) as member:
                    yield _array(f"{path}, {name.removesuffix('.npy')}", cast(BinaryIO, member))
        except _ZIP as error:
            raise DataError(f"{path}: cannot be read as an .npz: {error}; write it anew") from error


def frames(path: Path) -> Iterator[Pixels]:
    """Frames [T, H, W, C], [T, C, H, W] or [T, H, W] of an .npz or .npy, C 1, 3 or 4 (opaque): uint8, or floats in [0, 1]; also
    [1, T, …], as `vidpred predict` writes them. Raises DataError."""
    with array(path) as found:
        shape = found.shape
        if len(shape) == 5:
            raise DataError(
                f"{found.where}: holds {shape[0]} futures, {_shaped(shape)}; save one of them as [T, C, H, W]"
            )
        last = len(shape) == 3 or (len(shape) == 4 and shape[3] in _CHANNELS)
        if not (last or (len(shape) == 4 and shape[1] in _CHANNELS)) or 0 in shape[1:]:
            raise DataError(
                f"{found.where}: is {_shaped(shape)}, but frames are [T, H, W, C] or [T, C, H, W] with 1, 3 or 4 channels"
            )
        for number, row in enumerate(found.rows):
            where = f"{found.where}, frame {number}"
            pixels = _bytes(where, row)
            yield opaque(
                where, pixels[..., None] if pixels.ndim == 2 else pixels if last else pixels.transpose(1, 2, 0)
            )


def _bytes(where: str, row: NDArray[Any]) -> NDArray[np.uint8]:
    """uint8, or floats in [0, 1] as uint8: what models are trained on."""
    if row.dtype == np.uint8:
        return row
    if row.dtype.kind != "f":
        raise DataError(f"{where}: is of type {row.dtype}, but frames are uint8, or floats in [0, 1]; convert it")
    if not bool(np.isfinite(row).all()):
        raise DataError(f"{where}: holds numbers that are not finite; mend it")
    if row.min() < -_ROUNDING or row.max() > 1 + _ROUNDING:
        raise DataError(
            f"{where}: holds numbers from {row.min():g} to {row.max():g}, but frames are uint8, or floats in [0, 1]; divide by 255"
        )
    return (row.clip(0, 1) * 255).round().astype(np.uint8)


def _member(path: Path, names: list[str]) -> str:
    arrays = [name for name in names if name.endswith(".npy")]
    if f"{NAME}.npy" in arrays:
        return f"{NAME}.npy"
    if len(arrays) != 1:
        shown = ", ".join(name.removesuffix(".npy") for name in arrays[:5]) or "none"
        raise DataError(f"{path}: which array? It holds {len(arrays)} ({shown}); call the right one {NAME!r}")
    return arrays[0]


def _array(where: str, file: BinaryIO) -> Array:
    head = BytesIO(file.read(_HEADER))
    try:
        version = npy.read_magic(head)
        reader = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
        if reader is None:
            raise ValueError(f"its version {version} is not known")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers that Python 2 wrote
            shape, by_columns, dtype = reader(head)
    except _NO_HEADER as error:
        raise DataError(
            f"{where}: cannot be read as a NumPy array: {error or type(error).__name__}; write it anew with numpy.save"
        ) from error
    if dtype.kind not in "uif" or dtype.itemsize > 8:
        raise DataError(f"{where}: is of type {str(dtype)[:40]}; save plain numbers: uint8, or float32")
    if len(shape) == 0 or (by_columns and len(shape) > 1):
        raise DataError(
            f"{where}: is {_shaped(shape)}{' by columns' if by_columns else ''}; save numpy.ascontiguousarray of all frames"
        )
    if any(side < 0 for side in shape):
        raise DataError(f"{where}: claims {_shaped(shape)}; write it anew")
    if len(shape) == 5 and shape[0] == 1:
        shape = shape[1:]
    return Array(where, shape, dtype, _rows(where, head.read(), file, shape, dtype))


def _rows(
    where: str, begun: bytes, file: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Iterator[NDArray[Any]]:
    if prod(shape[1:]) > _MOST_VALUES:
        raise DataError(
            f"{where}: claims {_shaped(shape)}, and {_MOST_VALUES:,} numbers of a frame are the most; scale it"
        )
    size = prod(shape[1:]) * dtype.itemsize
    for number in range(shape[0]):
        data, begun = begun[:size], begun[size:]
        data += file.read(size - len(data))
        if len(data) < size:
            raise DataError(f"{where}: ends after {number} of the {shape[0]:,} rows that it claims; write it anew")
        yield np.frombuffer(data, dtype).reshape(shape[1:])


def _shaped(shape: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, shape[:8]))}{', …' if len(shape) > 8 else ''}]"
