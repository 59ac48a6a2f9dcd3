"""Runs are read from their folders, each once; broken ones are left out or refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.comparison.written_runs import TinyNetwork, Vidpred, compare, write_run
from vidpred.comparison.runs import read_runs
from vidpred.errors import VidpredError


def test_the_same_run_counts_once(tmp_path: Path) -> None:
    run = write_run(tmp_path / "runs" / "a", [20.0])
    (tmp_path / "link").symlink_to(run)
    comparison = compare(run, tmp_path / "runs", tmp_path / "link", tmp_path / "runs" / ".." / "runs" / "a")
    (row,) = comparison.groups[0].rows
    assert row.value("psnr", "best") == (20.0, None) and comparison.notes == []


def test_broken_runs_are_named_and_left_out(tmp_path: Path, vidpred: Vidpred) -> None:
    write_run(tmp_path / "a", [20.0])
    broken = write_run(tmp_path / "b", [21.0])
    (broken / "checkpoints" / "epoch_0000" / "weights.safetensors").write_bytes(b"")
    (write_run(tmp_path / "c", [22.0]) / "recipe.yaml").write_text("name: [")
    outcome = vidpred("compare", tmp_path)
    assert outcome.code == 0
    assert f"left out: {broken}: is broken: epoch_0000: weights.safetensors has 0 bytes" in outcome.errors
    assert f"left out: {tmp_path / 'c'}: is broken" in outcome.errors
    assert "21.00" not in outcome.output and "22.00" not in outcome.output and "20.00" in outcome.output


def test_a_folder_without_runs_is_refused(tmp_path: Path, vidpred: Vidpred) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    for name, message in (("empty", "there is nothing to compare"), ("file", "is a file"), ("missing", "no folder")):
        outcome = vidpred("compare", tmp_path / name)
        assert (outcome.code, outcome.output) == (2, "") and message in outcome.errors and name in outcome.errors
    write_run(tmp_path / "a", [20.0])
    outcome = vidpred("compare", tmp_path / "a", tmp_path / "empty")
    assert outcome.code == 0 and f"no runs in {tmp_path / 'empty'}" in outcome.errors
    with pytest.raises(VidpredError, match="nothing to compare"):
        read_runs([tmp_path / "empty"])


def test_weights_that_are_a_pipe_are_not_counted(tmp_path: Path) -> None:
    weights = write_run(tmp_path / "a", [20.0]) / "checkpoints" / "last" / "weights.safetensors"
    (run,), _ = read_runs([tmp_path / "a"])
    weights.unlink()
    os.mkfifo(weights)
    assert run.parameters is None


def test_parameters_are_counted_without_buffers_or_as_recorded(tmp_path: Path) -> None:
    runs, _ = read_runs(
        [
            write_run(tmp_path / "a", [20.0]),
            write_run(tmp_path / "b", [20.0], environment={"parameters": 123}),
            write_run(tmp_path / "c", [], epochs=1),
        ]
    )
    assert [run.parameters for run in runs] == [sum(weight.numel() for weight in TinyNetwork().parameters()), 123, None]
