"""Checkpoints are written atomically, and found by their names and links."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from vidpred.errors import VidpredError
from vidpred.io.atomic import link_to
from vidpred.runs.checkpoints import find_checkpoint, find_weights, save_checkpoint
from vidpred.runs.layout import RunFolder
from vidpred.runs.manifest import find_damage, read_manifest
from vidpred.runs.position import Position

FILES: Mapping[str, bytes] = {"weights.safetensors": b"w", "state.pt": b"state"}


def write_run(folder: Path, epochs: int, **links: int) -> Path:
    """Write a run's checkpoints, and links to those of some epochs: last=1, best_psnr=0."""
    checkpoints = RunFolder(folder).checkpoints
    checkpoints.mkdir(parents=True)
    for epoch in range(epochs):
        save_checkpoint(checkpoints, Position(epoch + 1), FILES, "0")
    for name, epoch in links.items():
        link_to(checkpoints / name, Position(epoch + 1).name)
    return folder


def test_a_checkpoint_holds_its_files_and_their_manifest(tmp_path: Path) -> None:
    checkpoint = save_checkpoint(tmp_path, Position(3, 7), FILES, "0.1")
    assert checkpoint == tmp_path / "epoch_0003_step_000007" and list(tmp_path.iterdir()) == [checkpoint]
    assert {path.name for path in checkpoint.iterdir()} == {*FILES, "manifest.json"}
    manifest = read_manifest(checkpoint)
    assert (manifest["vidpred"], manifest["epoch"], manifest["step"]) == ("0.1", 3, 7)
    assert find_damage(checkpoint) is None


def test_a_checkpoint_replaces_an_older_one_of_its_name(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, Position(1), {"old": b""}, "0")
    checkpoint = save_checkpoint(tmp_path, Position(1), FILES, "0")
    assert not (checkpoint / "old").exists() and find_damage(checkpoint) is None
    assert list(tmp_path.iterdir()) == [checkpoint]


def test_checkpoints_are_found_by_name_and_by_link(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", 2, last=1, best_psnr=0)
    for name, expected in (("last", "epoch_0001"), ("best_psnr", "epoch_0000"), ("epoch_0000", "epoch_0000")):
        assert find_checkpoint(run, name).resolve().name == expected
    with pytest.raises(VidpredError, match=r"no checkpoint 'best_psn'; did you mean 'best_psnr'\? it has: best_psnr, "):
        find_checkpoint(run, "best_psn")
    with pytest.raises(VidpredError, match="it has no checkpoints folder"):
        find_checkpoint(tmp_path)


def test_the_best_weights_of_the_newest_run_are_found(tmp_path: Path) -> None:
    write_run(tmp_path / "2026-01-01_00-00-00_2", 1, last=0)
    newest = write_run(tmp_path / "2026-01-01_00-00-00_10", 2, last=1)
    assert find_weights(tmp_path).resolve() == newest / "checkpoints" / "epoch_0001"
    link_to(newest / "checkpoints" / "best_psnr", "epoch_0000")
    for path in (tmp_path, newest, newest / "checkpoints" / "epoch_0000"):
        assert find_weights(path).resolve() == newest / "checkpoints" / "epoch_0000"
