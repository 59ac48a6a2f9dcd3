"""The index of TFRecord files: built once, built again if it is damaged, saved where it can be written."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.io.tfrecord_writer import example, trajectory, write
from vidpred import DataError, Lengths
from vidpred.builtin.datasets.bair.dataset import BairRobot
from vidpred.io import tfrecord_index
from vidpred.io.tfrecord import iterate_records


def open_split(root: Path) -> Any:
    return BairRobot(BairRobot.Config(root=root)).split("test")


@pytest.fixture
def files_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read to build an index."""
    names: list[str] = []

    def counted(path: Path) -> Iterator[tuple[int, bytes]]:
        names.append(path.name)
        return iterate_records(path)

    monkeypatch.setattr(tfrecord_index, "iterate_records", counted)
    return names


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """A root whose test split has two files, of 2 and 1 records."""
    write(tmp_path / "test" / "a_0.tfrecords", [example(trajectory(2)), example(trajectory(3))])
    write(tmp_path / "test" / "a_1.tfrecords", [example(trajectory(4))])
    return tmp_path


LENGTHS = [Lengths(2, 2), Lengths(3, 3), Lengths(4, 4)]


def test_the_index_is_built_once(shards: Path, files_read: list[str]) -> None:
    assert open_split(shards).lengths == LENGTHS == open_split(shards).lengths
    assert files_read == ["a_0.tfrecords", "a_1.tfrecords"]
    assert sorted(path.name for path in (shards / "test").iterdir()) == [tfrecord_index.INDEX_NAME, *files_read]
    moved = shards.rename(shards.with_name(shards.name + "_moved"))
    assert open_split(moved).read(2, 0, 4).frames.shape[0] == 4 and len(files_read) == 2


def test_a_file_that_changed_is_indexed_again(shards: Path, files_read: list[str]) -> None:
    open_split(shards)
    write(shards / "test" / "a_1.tfrecords", [example(trajectory(5)), example(trajectory(1))])
    assert open_split(shards).lengths == [*LENGTHS[:2], Lengths(5, 5), Lengths(1, 1)] and files_read[2:] == [
        "a_1.tfrecords"
    ]
    os.utime(shards / "test" / "a_0.tfrecords", ns=(0, 0))
    open_split(shards)
    assert files_read[3:] == ["a_0.tfrecords"]
    (shards / "test" / "a_0.tfrecords").unlink()
    assert open_split(shards).lengths == [Lengths(5, 5), Lengths(1, 1)] and len(files_read) == 4


def test_a_damaged_index_is_built_again(shards: Path, files_read: list[str]) -> None:
    open_split(shards)
    path = shards / "test" / tfrecord_index.INDEX_NAME
    good = path.read_bytes()
    damaged = [good[:offset] + bytes([good[offset] ^ 1]) + good[offset + 1 :] for offset in range(len(good))]
    for content in [*damaged, b"", good[:-1], good[:40], b"\x00" * 100, b"{}"]:
        path.write_bytes(content)
        files_read.clear()
        assert open_split(shards).lengths == LENGTHS and len(files_read) == 2 and path.read_bytes() == good


def test_a_build_that_was_stopped_resumes(shards: Path, files_read: list[str]) -> None:
    second = shards / "test" / "a_1.tfrecords"
    good = second.read_bytes()
    second.write_bytes(good[:-1])
    with pytest.raises(DataError, match=r"a_1\.tfrecords: record 0 is cut off"):
        open_split(shards)
    second.write_bytes(good)
    assert open_split(shards).lengths == LENGTHS and files_read == ["a_0.tfrecords", "a_1.tfrecords", "a_1.tfrecords"]


@pytest.fixture
def read_only(shards: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing can be written under the data; tests may run as root, whom permissions do not stop."""
    write_bytes = Path.write_bytes

    def refuse(path: Path, content: bytes) -> int:
        if path.is_relative_to(shards / "test"):
            raise PermissionError(13, "Permission denied", str(path))
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", refuse)
    return shards


@pytest.mark.parametrize("home", [False, True])
def test_the_index_is_saved_in_the_users_cache_if_the_folder_is_read_only(
    home: bool, read_only: Path, files_read: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored" if home else str(tmp_path / "cache"))
    assert open_split(read_only).lengths == LENGTHS == open_split(read_only).lengths and len(files_read) == 2
    folder = (tmp_path / "home" / ".cache" if home else tmp_path / "cache") / "vidpred"
    assert len(list(folder.iterdir())) == 1 and not (read_only / "test" / tfrecord_index.INDEX_NAME).exists()
    os.utime(read_only / "test" / "a_0.tfrecords", ns=(0, 0))
    assert open_split(read_only).lengths == LENGTHS and files_read[2:] == ["a_0.tfrecords"]


def test_the_index_is_built_each_time_if_nothing_can_be_written(
    shards: Path, files_read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> int:
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setenv("XDG_CACHE_HOME", str(shards / "test" / "a_0.tfrecords"))  # no folder
    assert open_split(shards).lengths == LENGTHS == open_split(shards).lengths and len(files_read) == 4
    assert len(list((shards / "test").iterdir())) == 2


def build(root: Path, times: int) -> None:
    for _ in range(times):
        assert open_split(root).lengths == LENGTHS
        (root / "test" / tfrecord_index.INDEX_NAME).unlink(missing_ok=True)


def test_concurrent_builds_do_not_corrupt_the_index(shards: Path) -> None:
    processes = [multiprocessing.get_context("fork").Process(target=build, args=(shards, 20)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert open_split(shards).lengths == LENGTHS
    assert sorted(path.name for path in (shards / "test").iterdir()) == [
        tfrecord_index.INDEX_NAME,
        "a_0.tfrecords",
        "a_1.tfrecords",
    ]


def test_the_index_needs_no_parsing(shards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_split(shards)
    monkeypatch.setattr(
        "vidpred.builtin.datasets.bair.trajectory_record.parse_features", lambda data: pytest.fail("parsed")
    )
    assert open_split(shards).lengths == LENGTHS
