"""Conditions from whatever they are in: tables of numbers, arrays, pictures."""

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
from vidpred.data.user_frames import Frames, first
from vidpred.errors import DataError
from vidpred.io import arrays, tables


def read(paths: Sequence[Path], spec: FeatureSpec, count: int) -> tuple[Tensor, Frames | None]:
    """The first `count` conditions, or as many as there are, as they were recorded: float32 [T, *spec.shape]; for pictures, what
    was done to them too. Raises VidpredError.

    Vectors come from CSVs and .npy [T, columns]; columns of several files are put side by side. Maps come from one place: .npy
    [T, C, H, W], float, as the data set gives them; or whatever frames are read from, 0..255 becoming 0..1.
    """
    if spec.size is None:
        return _side_by_side(paths, [_vectors(path, spec, count) for path in paths], spec), None
    if len(paths) > 1:
        raise DataError(f"{paths[1]}: only one --conditions can be given, as the model reads maps of {spec}")
    if paths[0].suffix.lower() == ".npy":
        maps = _maps(paths[0], spec, count)
        if maps is not None:
            return maps, None
    pictures = first(paths[0], count, spec)
    return pictures.values.float() / 255, pictures


def _vectors(path: Path, spec: FeatureSpec, count: int) -> Tensor:
    ending = path.suffix.lower()
    if ending in tables.ENDINGS:
        found = list(islice(tables.rows(path, spec.channels), count))
    elif ending == ".npy" and not path.is_dir():
        with arrays.array(path) as array:
            if len(array.shape) > 2 or array.shape[1:] > (spec.channels,):
                raise DataError(
                    f"{path}: is {list(array.shape)}, but conditions are [T, columns] with {spec.channels} columns at most"
                )
            found = [np.atleast_1d(_float32(row)) for row in islice(array.rows, count)]
    else:
        raise DataError(
            f"{path}: {'is not what conditions are read from' if path.exists() else 'is not there'}; the model reads {spec.channels} "
            "numbers for each frame: give a CSV or an .npy, a row for each frame"
        )
    if not found:
        raise DataError(f"{path}: holds no conditions; give a row of numbers for each frame")
    return _finite(path, torch.from_numpy(np.stack(found)))


def _maps(path: Path, spec: FeatureSpec, count: int) -> Tensor | None:
    """None where they are pictures, uint8."""
    with arrays.array(path) as array:
        if array.dtype == np.uint8:
            return None
        if array.shape[1:] != spec.shape or array.shape[0] == 0:
            raise DataError(
                f"{path}: is {list(array.shape)}, but the model reads maps [T, {', '.join(map(str, spec.shape))}]; "
                "pictures of another size can be given as uint8"
            )
        return _finite(path, torch.from_numpy(np.stack([_float32(row) for row in islice(array.rows, count)])))


def _float32(row: NDArray[Any]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused
        return row.astype(np.float32)


def _finite(path: Path, values: Tensor) -> Tensor:
    wrong = (~values.isfinite().flatten(1).all(1)).nonzero()
    if len(wrong):
        raise DataError(f"{path}: row {wrong[0].item()}, counted from 0, holds a number that is not finite; mend it")
    return values


def _side_by_side(paths: Sequence[Path], parts: Sequence[Tensor], spec: FeatureSpec) -> Tensor:
    names = " beside ".join(map(str, paths))
    if len({len(part) for part in parts}) > 1:
        raise DataError(
            f"{names}: have {' and '.join(str(len(part)) for part in parts)} rows; each frame needs a row in each"
        )
    joined = torch.cat(list(parts), 1)
    if joined.shape[1] != spec.channels:
        more = (
            "; columns of several files are put side by side: --conditions A --conditions B"
            if joined.shape[1] < spec.channels
            else ""
        )
        raise DataError(
            f"{names}: {'has' if len(paths) == 1 else 'have'} {joined.shape[1]} columns, but the model reads {spec.channels}{more}"
        )
    return joined
