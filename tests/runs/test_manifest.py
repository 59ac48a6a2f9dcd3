"""The manifest of a checkpoint detects every damage to its files, and is itself untrusted."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from vidpred.errors import VidpredError
from vidpred.runs.checkpoints import save_checkpoint
from vidpred.runs.manifest import find_damage, read_manifest, weights_sha256
from vidpred.runs.position import Position


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return save_checkpoint(tmp_path, Position(1), {"weights.safetensors": b"weights", "state.pt": b""}, "0")


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        ("weights.safetensors", Path.unlink, "weights.safetensors is missing"),
        ("weights.safetensors", lambda path: path.write_bytes(b"x"), "has 1 bytes, but 7 were written"),
        ("weights.safetensors", lambda path: path.write_bytes(b"Weights"), "its SHA-256 is another"),
        ("state.pt", replace_by_pipe, "state.pt is unreadable: it is a pipe"),
        ("manifest.json", Path.unlink, "manifest.json is missing"),
        ("manifest.json", replace_by_pipe, "manifest.json is unreadable: it is a pipe"),
        ("manifest.json", lambda path: path.write_bytes(b""), "manifest.json cannot be read: it is empty"),
        ("manifest.json", lambda path: path.write_text("[" * 200_000), "manifest.json cannot be read"),
        ("manifest.json", lambda path: os.truncate(path, 1 << 40), "and 1,048,576 are the most"),
        ("manifest.json", lambda path: path.write_text("{}"), "manifest.json is not a manifest"),
    ],
)
def test_damage_is_found(name: str, damage: Callable[[Path], object], message: str, checkpoint: Path) -> None:
    assert find_damage(checkpoint) is None
    damage(checkpoint / name)
    assert message in (find_damage(checkpoint) or "")


@pytest.mark.parametrize("name", ["../state.pt", "/etc/passwd", "a\0b"])
def test_a_manifest_that_leaves_its_folder_is_refused(name: str, checkpoint: Path) -> None:
    (checkpoint / "manifest.json").write_text(json.dumps({"files": {name: {"bytes": 1, "sha256": ""}}}))
    with pytest.raises(ValueError, match="is not a manifest"):
        read_manifest(checkpoint)


def test_only_the_named_files_are_compared(checkpoint: Path) -> None:
    (checkpoint / "state.pt").unlink()
    assert find_damage(checkpoint, "weights.safetensors") is None
    assert find_damage(checkpoint, "other") == "other is not in manifest.json"
    (checkpoint / "weights.safetensors").write_bytes(b"Weights")
    assert find_damage(checkpoint, "weights.safetensors", hash_files=False) is None


def test_the_hash_of_the_weights_is_known_with_and_without_a_manifest(checkpoint: Path) -> None:
    expected = hashlib.sha256(b"weights").hexdigest()
    assert weights_sha256(checkpoint) == expected
    (checkpoint / "manifest.json").unlink()
    assert weights_sha256(checkpoint) == expected
    replace_by_pipe(checkpoint / "weights.safetensors")
    with pytest.raises(VidpredError, match=r"cannot compute the hash of its weights: .*it is a pipe"):
        weights_sha256(checkpoint)
