"""Conditions that a user gives: tables of numbers, arrays or images."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vidpred.contracts.specs import FeatureSpec
from vidpred.data.user_frames import UserFrames, read_user_frames
from vidpred.errors import DataError
from vidpred.io import arrays, tables


def read_user_conditions(paths: Sequence[Path], spec: FeatureSpec, count: int) -> tuple[Tensor, UserFrames | None]:
    """Read the first `count` conditions as they were recorded, or fewer if there are fewer: float32 [T, *spec.shape].

    Vectors come from CSV and .npy files [T, columns]; the columns of several files are concatenated. Maps come from one
    path: an .npy of floats [T, C, H, W] as the data set yields them, or images as `read_user_frames` reads them, scaled
    from 0..255 to 0..1 and also returned as they were read. Raises VidpredError.
    """
    if spec.size is None:
        return _concatenate_columns(paths, [_read_vectors(path, spec, count) for path in paths], spec), None
    if len(paths) > 1:
        raise DataError(f"only one --conditions can be given, as the model reads maps of {spec}", paths[1])
    if paths[0].suffix.lower() == ".npy":
        maps = _read_maps(paths[0], spec, count)
        if maps is not None:
            return maps, None
    images = read_user_frames(paths[0], count, spec)
    return images.values.float() / 255, images


def _read_vectors(path: Path, spec: FeatureSpec, count: int) -> Tensor:
    ending = path.suffix.lower()
    if ending in tables.ENDINGS:
        rows = list(islice(tables.iterate_rows(path, spec.channels), count))
    elif ending == ".npy" and not path.is_dir():
        with arrays.open_array(path) as array:
            if len(array.shape) > 2 or array.shape[1:] > (spec.channels,):
                raise DataError(
                    f"is {list(array.shape)}, but conditions are [T, columns] with {spec.channels} columns at most",
                    path,
                )
            rows = [np.atleast_1d(_to_float32(row)) for row in islice(array.rows, count)]
    else:
        reason = "conditions cannot be read from this" if path.exists() else "does not exist"
        raise DataError(
            f"{reason}; the model reads {spec.channels} numbers for each frame: give a CSV or an .npy, a row for each "
            "frame",
            path,
        )
    if not rows:
        raise DataError("holds no conditions; give a row of numbers for each frame", path)
    return _check_finite(path, torch.from_numpy(np.stack(rows)))


def _read_maps(path: Path, spec: FeatureSpec, count: int) -> Tensor | None:
    """Read floats [T, C, H, W]; None if they are images, uint8."""
    with arrays.open_array(path) as array:
        if array.dtype == np.uint8:
            return None
        if array.shape[1:] != spec.shape or array.shape[0] == 0:
            raise DataError(
                f"is {list(array.shape)}, but the model reads maps [T, {', '.join(map(str, spec.shape))}]; "
                "images of another size can be given as uint8",
                path,
            )
        rows = [_to_float32(row) for row in islice(array.rows, count)]
    return _check_finite(path, torch.from_numpy(np.stack(rows)))


def _to_float32(row: NDArray[Any]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and _check_finite rejects it
        return row.astype(np.float32)


def _check_finite(path: Path, values: Tensor) -> Tensor:
    wrong = (~values.isfinite().flatten(1).all(1)).nonzero()
    if len(wrong):
        raise DataError(f"row {wrong[0].item()}, counted from 0, holds a number that is not finite; replace it", path)
    return values


def _concatenate_columns(paths: Sequence[Path], columns: Sequence[Tensor], spec: FeatureSpec) -> Tensor:
    names = " beside ".join(map(str, paths))
    lengths = [len(values) for values in columns]
    if len(set(lengths)) > 1:
        raise DataError(f"{names}: have {' and '.join(map(str, lengths))} rows; each frame needs a row in each")
    joined = torch.cat(list(columns), 1)
    if joined.shape[1] != spec.channels:
        verb = "has" if len(paths) == 1 else "have"
        advice = "; the columns of several files are concatenated: --conditions A --conditions B"
        raise DataError(
            f"{names}: {verb} {joined.shape[1]} columns, but the model reads {spec.channels}"
            f"{advice if joined.shape[1] < spec.channels else ''}"
        )
    return joined
