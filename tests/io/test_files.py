"""Only regular files are opened, and only of a bounded size."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vidpred import DataError
from vidpred.io.files import open_input_file, open_regular_file, read_regular_file


def test_a_regular_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    with open_regular_file(tmp_path / "a") as file:
        assert file.read(4) == b"cont"


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "missing"])
def test_anything_but_a_regular_file_is_an_error_at_once(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    with pytest.raises(OSError), open_regular_file(path):
        pass
    with pytest.raises(DataError) as caught, open_input_file(path):
        pass
    assert caught.value.path == path and str(caught.value).endswith("; give another")
    with pytest.raises(OSError):
        read_regular_file(path, 100)


def test_input_files_have_a_bounded_size(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    with open_input_file(tmp_path / "a", 5) as file:
        assert file.read() == b"12345"
    with (
        pytest.raises(DataError, match="a: is far too large: 5 bytes, and 4 are the most"),
        open_input_file(tmp_path / "a", 4),
    ):
        pass
    (tmp_path / "empty").touch()
    with pytest.raises(DataError, match="empty: is an empty file"), open_input_file(tmp_path / "empty"):
        pass


def test_no_more_than_the_largest_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert read_regular_file(path, 5) == b"12345"
    with pytest.raises(OSError, match="it has 5 bytes, and 4 are the most"):
        read_regular_file(path, 4)
    os.truncate(path, 10**12)  # a sparse file
    with pytest.raises(OSError, match="it has 1,000,000,000,000 bytes"):
        read_regular_file(path, 1 << 20)


def test_an_error_while_reading_is_a_data_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    with (
        pytest.raises(DataError, match="a: cannot be read: Input/output error; give another"),
        open_input_file(tmp_path / "a"),
    ):
        raise OSError(5, "Input/output error")
