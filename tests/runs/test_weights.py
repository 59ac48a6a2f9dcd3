"""Weights files: equal weights are equal files, and a file that does not fit the model is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from torch import nn

from vidpred.errors import VidpredError
from vidpred.runs.checkpoints import save_checkpoint
from vidpred.runs.position import Position
from vidpred.runs.weights import encode_weights, load_weights


def linear(value: float, features: int = 2) -> nn.Linear:
    layer = nn.Linear(features, 2)
    for parameter in layer.parameters():
        nn.init.constant_(parameter, value)
    return layer


def write_checkpoint(folder: Path, model: nn.Module, epoch: int = 1) -> Path:
    return save_checkpoint(folder, Position(epoch), {"weights.safetensors": encode_weights(model, {})}, "0")


def test_equal_weights_are_equal_files() -> None:
    """So the hash of a checkpoint identifies what was evaluated."""
    assert len({encode_weights(linear(1), {"recipe": "r", "version": "v"}) for _ in range(20)}) == 1


def test_weights_are_loaded_with_and_without_a_manifest(tmp_path: Path) -> None:
    checkpoint = write_checkpoint(tmp_path, linear(1))
    for _ in range(2):
        load_weights(model := linear(0), checkpoint)
        assert all(torch.all(parameter == 1) for parameter in model.parameters())
        (checkpoint / "manifest.json").unlink(missing_ok=True)


def test_every_entry_that_does_not_fit_is_named(tmp_path: Path) -> None:
    with pytest.raises(VidpredError, match="do not fit the model") as raised:
        load_weights(linear(0), write_checkpoint(tmp_path, nn.Sequential(linear(1))))
    assert str(raised.value).splitlines()[1:] == [
        "  left over: 0.bias",
        "  left over: 0.weight",
        "  missing: bias",
        "  missing: weight",
    ]
    with pytest.raises(VidpredError, match=r"weight: shape \(2, 3\), but the model has shape \(2, 2\)"):
        load_weights(linear(0), write_checkpoint(tmp_path, linear(1, features=3)))


def test_damage_is_named_with_the_intact_checkpoints(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, linear(1))
    newest = write_checkpoint(tmp_path, linear(1), epoch=2)
    os.truncate(newest / "weights.safetensors", 10)
    with pytest.raises(VidpredError, match=r"is damaged: .* has 10 bytes.*; use another checkpoint .*: epoch_0000$"):
        load_weights(linear(0), newest)


@pytest.mark.parametrize("kind", ["pipe", "too large", "missing"])
def test_only_regular_files_of_a_size_that_fits_are_read(kind: str, tmp_path: Path) -> None:
    if kind == "pipe":
        os.mkfifo(tmp_path / "weights.safetensors")
    elif kind == "too large":
        (tmp_path / "weights.safetensors").touch()
        os.truncate(tmp_path / "weights.safetensors", 1 << 40)
    with pytest.raises(VidpredError, match=r"weights\.safetensors: cannot be read: .*; use another checkpoint$"):
        load_weights(linear(0), tmp_path)
