"""Tables of numbers: what is read, and how little of a large file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from vidpred import DataError
from vidpred.io import read_table
from vidpred.io.tables import iterate_rows


def test_a_table_is_read_as_float32(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(5, 3))
    np.savetxt(tmp_path / "a.csv", values, delimiter=",")
    expected = torch.from_numpy(values.astype(np.float32))
    assert torch.equal(read_table(tmp_path / "a.csv", 3, 5), expected)
    assert torch.equal(read_table(tmp_path / "a.csv", 3, 2), expected[:2])
    assert torch.equal(torch.from_numpy(np.stack(list(iterate_rows(tmp_path / "a.csv", 9)))), expected)


def test_a_byte_order_mark_and_other_line_ends(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf1, 2\r\n3,4\r\n")
    assert read_table(tmp_path / "a.csv", 2, 2).tolist() == [[1, 2], [3, 4]]
    assert [row.tolist() for row in iterate_rows(tmp_path / "a.csv", 2)] == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("1,2\n", "has 1 rows, but the trajectory has 2 frames"),
        ("1,2\n3\n", "line 2 has 1 columns, but 2 numbers are expected"),
        ("1,2\n3,x\n", "line 2, column 2 is 'x', not a number; rows hold numbers alone, without a header"),
        ("1,2\n3,1e39\n", "line 2, column 2 is 1e39; it should be a finite number"),
        ("1,2\n3,nan\n", "line 2, column 2 is nan; it should be a finite number"),
    ],
)
def test_the_line_and_column_of_an_error(content: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / "a.csv", 2, 2)
    assert caught.value.path == tmp_path / "a.csv" and caught.value.message.startswith(expected)


def test_the_rows_of_a_users_table_are_read_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,2\n3,4\nx\n")
    rows = iterate_rows(tmp_path / "a.csv", 2)
    assert next(rows).tolist() == [1, 2] and next(rows).tolist() == [3, 4]
    with pytest.raises(DataError, match=r"a\.csv: line 3 has 1 columns, but line 1 has 2"):
        next(rows)
