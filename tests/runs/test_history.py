"""metrics.jsonl: one rule for bad lines and repeated epochs, for everything that reads it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from vidpred.errors import DataError
from vidpred.runs.history import Record, append_history, best_epoch, read_history, replace_non_finite, rewrite_history


def record(epoch: int, **validated: float | None) -> Record:
    return {"epoch": epoch, "train": {"loss": 1.0}, "validate": dict(validated) or None}


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def test_a_missing_file_is_an_empty_history(path: Path) -> None:
    assert read_history(path) == []


def test_records_are_appended_and_read(path: Path) -> None:
    append_history(path, [record(0)])
    append_history(path, [record(1, psnr=20.0), record(2)])
    assert read_history(path) == [record(0), record(1, psnr=20.0), record(2)]


@pytest.mark.parametrize(
    "line", ["{", "[]", "3", "{}", "", "[" * 100_000, '{"epoch": 1}', '{"epoch": true, "train": {}, "validate": null}']
)
def test_a_bad_line_ends_the_history(line: str, path: Path) -> None:
    assert read_history(write(path, record(0), line, record(1))) == [record(0)]


def test_a_skipped_epoch_ends_the_history(path: Path) -> None:
    assert read_history(write(path, record(0), record(2), record(1))) == [record(0)]


def test_a_line_that_is_still_being_written_is_ignored(path: Path) -> None:
    write(path, record(0))
    with path.open("a") as file:
        file.write(json.dumps(record(1)))
    assert read_history(path) == [record(0)]


def test_a_repeated_epoch_ends_the_history(path: Path) -> None:
    """Record 2 was trained after the first record 1, so the second one belongs to another course of the run."""
    records = [record(0), record(1), record(2)]
    assert read_history(write(path, *records, record(1, psnr=30.0), record(2))) == records


@pytest.mark.parametrize(
    "line", ["{", "", "[" * 100_000, json.dumps(record(0)), json.dumps(record(2)), "1" * (1 << 21)]
)
def test_strict_reading_names_the_first_bad_line_and_the_remedy(line: str, path: Path) -> None:
    write(path, record(0), line, record(1))
    with pytest.raises(DataError, match=r"metrics\.jsonl: line 2 is not the record of epoch 1; delete .* --resume`$"):
        read_history(path, strict=True)


def test_strict_reading_accepts_a_line_that_is_still_being_written(path: Path) -> None:
    write(path, record(0))
    with path.open("a") as file:
        file.write('{"epoch": 1, "tra')
    assert read_history(path, strict=True) == [record(0)]


def test_a_pipe_is_not_read(path: Path) -> None:
    os.mkfifo(path)
    assert read_history(path) == [] and rewrite_history(path, []) and path.read_bytes() == b""


def test_rewriting_says_whether_anything_changed(path: Path) -> None:
    assert not rewrite_history(path, [])
    append_history(path, [record(0), record(1)])
    assert not rewrite_history(path, [record(0), record(1)])
    assert rewrite_history(path, [record(0)]) and read_history(path) == [record(0)]


def test_numbers_that_json_cannot_hold_become_null() -> None:
    value: dict[str, Any] = {"a": float("nan"), "b": {"c": float("inf"), "d": 1.5}, "e": [1]}
    assert replace_non_finite(value) == {"a": None, "b": {"c": None, "d": 1.5}, "e": [1]}


def test_the_best_epoch_is_the_first_of_equals() -> None:
    history = [record(0), record(1, psnr=20.0), record(2, psnr=25.0), record(3, psnr=25.0), record(4, psnr=None)]
    assert best_epoch(history, "psnr", higher_is_better=True) == 2
    assert best_epoch(history, "psnr", higher_is_better=False) == 1
    assert best_epoch(history, "ssim", higher_is_better=True) is None
