"""Atomic writes: what is under a name is complete, whichever call fails. tests/system kills training runs."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from vidpred.io.atomic import (
    append_to_file,
    atomic_folder,
    atomic_path,
    link_target,
    link_to,
    replace_file,
    temporary_path,
)


def fail(*_: object, **__: object) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("owner, call", [(os, "fsync"), (Path, "replace"), (Path, "open")])
def test_a_file_that_cannot_be_replaced_stays_as_before(
    owner: Any, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "recipe.yaml"
    replace_file(path, b"old")
    with monkeypatch.context() as patched:
        patched.setattr(owner, call, fail)
        with pytest.raises(OSError, match="No space"):
            replace_file(path, b"new")
    assert path.read_bytes() == b"old" and names(tmp_path) == ["recipe.yaml"]
    replace_file(path, b"new")
    assert path.read_bytes() == b"new" and names(tmp_path) == ["recipe.yaml"]


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    with atomic_path(path) as temporary:
        temporary.write_bytes(b"old")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="No space"), atomic_path(path) as temporary:
            temporary.write_bytes(b"new")
    assert path.read_bytes() == b"old" and names(tmp_path) == ["report.html"]
    with atomic_path(path) as temporary:
        temporary.write_bytes(b"new")
    assert path.read_bytes() == b"new" and names(tmp_path) == ["report.html"]


def test_a_path_is_unchanged_after_an_error_or_ctrl_c(tmp_path: Path) -> None:
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), atomic_path(tmp_path / "frames") as temporary:
            temporary.mkdir()
            (temporary / "0.png").write_bytes(b"0")
            raise error
    assert names(tmp_path) == []


def test_a_file_does_not_replace_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(IsADirectoryError), atomic_path(tmp_path / "out") as temporary:
        temporary.write_bytes(b"file")
    assert names(tmp_path) == ["out"]


def write_result(folder: Path, content: str) -> None:
    with atomic_folder(folder) as temporary:
        (temporary / "result.json").write_text(content)


def test_a_folder_replaces_an_older_one(tmp_path: Path) -> None:
    write_result(tmp_path / "test", "old")
    write_result(tmp_path / "test", "new")
    assert (tmp_path / "test" / "result.json").read_text() == "new" and names(tmp_path) == ["test"]


@pytest.mark.parametrize("failing", [0, 1])
def test_a_folder_that_cannot_be_replaced_stays_as_before(
    failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_result(tmp_path / "test", "old")
    rename, calls = Path.rename, []

    def counted(path: Path, target: Path) -> Path:
        calls.append(target)
        return fail() if len(calls) == failing + 1 else rename(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", counted)
        with pytest.raises(OSError, match="No space"):
            write_result(tmp_path / "test", "new")
    assert (tmp_path / "test" / "result.json").read_text() == "old" and names(tmp_path) == ["test"]


def test_a_folder_replaces_a_link_and_leaves_its_target(tmp_path: Path) -> None:
    write_result(tmp_path / "elsewhere", "mine")
    (tmp_path / "test").symlink_to("elsewhere")
    write_result(tmp_path / "test", "new")
    assert not (tmp_path / "test").is_symlink() and (tmp_path / "test" / "result.json").read_text() == "new"
    assert (tmp_path / "elsewhere" / "result.json").read_text() == "mine" and names(tmp_path) == ["elsewhere", "test"]


def test_bytes_that_do_not_fit_are_not_appended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "metrics.jsonl"
    append_to_file(path, b"1\n")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space"):
            append_to_file(path, b"2\n")
    assert path.read_bytes() == b"1\n"
    append_to_file(path, b"2\n")
    assert path.read_bytes() == b"1\n2\n"


@pytest.mark.parametrize("symlinks", [True, False])
def test_links_and_files_that_stand_for_them(symlinks: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not symlinks:
        monkeypatch.setattr(Path, "symlink_to", fail)
    (tmp_path / "epoch_0001").mkdir()
    (tmp_path / "epoch_0002").mkdir()
    for name in ("epoch_0001", "epoch_0002"):
        link_to(tmp_path / "last", name)
        assert link_target(tmp_path / "last") == tmp_path / name
    assert (tmp_path / "last").is_symlink() is symlinks
    assert names(tmp_path) == ["epoch_0001", "epoch_0002", "last"]


@pytest.mark.parametrize("target", ["../elsewhere", "/", "missing", ".", ""])
def test_a_link_that_leads_elsewhere_has_no_target(target: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder := tmp_path / "checkpoints").mkdir()
    (folder / "last").write_text(target)
    assert link_target(folder / "last") is None
    if target:
        (folder / "best_psnr").symlink_to(target)
        assert link_target(folder / "best_psnr") is None


def test_no_two_writers_share_a_temporary_path(tmp_path: Path) -> None:
    path = tmp_path / "index"
    assert temporary_path(path) != temporary_path(path)
    with atomic_path(path) as first, atomic_path(path) as second:
        first.write_bytes(b"1")
        second.write_bytes(b"2")
    assert path.read_bytes() == b"1" and names(tmp_path) == ["index"]
