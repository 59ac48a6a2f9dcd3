"""The description of a preview: one that is damaged or untrusted is an error with its path."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from vidpred.errors import DataError
from vidpred.runs.preview_description import read_preview_description

DESCRIPTION: dict[str, Any] = {
    "epoch": 7,
    "clips": 1,
    "samples": 2,
    "frames": 4,
    "length": 4,
    "past": 2,
    "width": 64,
    "height": 64,
    "shrunk": 1,
    "best": [0],
    "psnr": {"posterior": [[20, None]], "samples": [[[20.5], [None]]], "copy_last": [[17.25]]},
    "per_frame": None,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "epoch_0007.json"


def test_a_description_is_read(path: Path) -> None:
    path.write_text(json.dumps(DESCRIPTION))
    assert read_preview_description(path) == DESCRIPTION


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "[" * 200_000,
        '{"a":' * 200_000,
        json.dumps({**DESCRIPTION, "width": "64"}),
        json.dumps({**DESCRIPTION, "per_frame": {"predicted": []}}),
        json.dumps({name: value for name, value in DESCRIPTION.items() if name != "psnr"}),
    ],
    ids=["empty", "half", "a list", "nested lists", "nested objects", "text", "another per_frame", "no psnr"],
)
def test_anything_else_is_an_error(content: str, path: Path) -> None:
    path.write_text(content)
    with pytest.raises(DataError, match=r"epoch_0007\.json: does not describe a preview: .*; delete it$"):
        read_preview_description(path)


@pytest.mark.parametrize("kind", ["pipe", "too large"])
def test_only_regular_files_of_bounded_size_are_read(kind: str, path: Path) -> None:
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.touch()
        os.truncate(path, 1 << 40)
    with pytest.raises(DataError, match=r"epoch_0007\.json: cannot be read: .*; delete it$"):
        read_preview_description(path)
