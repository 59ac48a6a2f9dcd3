"""JSON files of unknown origin."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vidpred.errors import DataError
from vidpred.io.json_file import read_json_object


def test_an_object_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text('{"a": [1]}')
    assert read_json_object(tmp_path / "a", 10) == {"a": [1]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not valid JSON: "),
        ("", "is not valid JSON: "),
        ("[" * 200_000, "is not valid JSON: it is too deeply nested"),
        ("[1]", "does not hold a JSON object"),
        ('{"a": ' + " " * 200_000 + "1}", "cannot be read: it has 200,008 bytes, and 200,007 are the most"),
    ],
)
def test_anything_else_is_an_error(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(content)
    with pytest.raises(DataError, match=f"a: {message}"):
        read_json_object(tmp_path / "a", 200_007)


def test_a_pipe_and_a_missing_file_are_errors(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="pipe: cannot be read: it is a pipe"):
        read_json_object(tmp_path / "pipe", 10)
    with pytest.raises(DataError, match="missing: cannot be read: No such file"):
        read_json_object(tmp_path / "missing", 10)
