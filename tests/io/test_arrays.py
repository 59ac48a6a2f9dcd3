"""NumPy files are read row by row. Bad ones are in tests/data/test_user_frames.py and test_user_conditions.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.io.frame_files import draw_frames, npy
from vidpred import DataError
from vidpred.io.arrays import iterate_array_frames, open_array

FRAMES = draw_frames()


@pytest.mark.parametrize("dtype", ["u1", "<i4", ">i2", "<f2", "<f4", ">f8"])
@pytest.mark.parametrize("shape", [(5,), (4, 3), (3, 2, 2)])
def test_rows_equal_those_of_numpy(dtype: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    values = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    np.save(tmp_path / "a.npy", values)
    with open_array(tmp_path / "a.npy") as array:
        assert array.shape == shape and array.dtype == values.dtype
        assert np.array_equal(np.stack(list(array.rows)), values)


@pytest.mark.parametrize(
    "arrays",
    [
        {"frames": FRAMES, "past": np.array(2)},
        {"other": FRAMES},
        {"frames": FRAMES.transpose(0, 3, 1, 2)},
        {"frames": FRAMES.transpose(0, 3, 1, 2)[None].astype(np.float32) / 255},
        {"frames": FRAMES / 255},
    ],
)
def test_frames_of_every_layout(arrays: dict[str, Any], tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    assert np.array_equal(np.stack(list(iterate_array_frames(tmp_path / "a.npz"))), FRAMES)


def test_rows_after_a_cut_are_not_needed(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(npy("(1000000000, 2, 2, 3)", data=bytes(range(12))))
    frames = iterate_array_frames(tmp_path / "a.npy")
    assert next(frames).tolist() == np.arange(12).reshape(2, 2, 3).tolist()
    with pytest.raises(DataError, match=r"a\.npy: ends after 1 of the 1,000,000,000 rows that it claims"):
        next(frames)
