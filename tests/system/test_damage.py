"""Damaged checkpoints, histories and links: a resumed run falls back to what is intact, and says so."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import vidpred
from tests.tiny_runs import (
    assert_runs_equal,
    comparable_records,
    new_tiny_run,
    recipe_fields,
    resume_tiny_run,
    run_to_end,
    stop_after,
    train_step,
)
from vidpred.errors import VidpredError
from vidpred.training.restore import Restored


@pytest.fixture
def run(data_roots: dict[str, Path], tmp_path: Path) -> Path:
    """A run stopped in its fourth epoch, with a checkpoint of each epoch before."""
    return stop_after(new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path), train_step(10))


def resume_to_end(folder: Path) -> Restored:
    """Execute the rest of a run; return what was restored at its start."""
    events = resume_tiny_run(folder).events()
    restored = next(iter(events))
    assert isinstance(restored, Restored)
    list(events)
    return restored


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a bit of the weights": (
        lambda folder: _flip(folder / "weights.safetensors"),
        "weights.safetensors differs from what was written: its SHA-256",
    ),
    "a bit of the state": (lambda folder: _flip(folder / "state.pt"), "state.pt differs from what was written"),
    "no weights": (lambda folder: (folder / "weights.safetensors").unlink(), "weights.safetensors is missing"),
    "half of the state": (lambda folder: os.truncate(folder / "state.pt", 1000), "state.pt has 1000 bytes, but"),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "manifest.json is missing"),
    "half a manifest": (
        lambda folder: (folder / "manifest.json").write_text('{"files": {'),
        "manifest.json cannot be read",
    ),
    "another manifest": (
        lambda folder: (folder / "manifest.json").write_text('{"files": {}}'),
        "weights.safetensors is not in manifest.json",
    ),
    "a manifest that points elsewhere": (
        lambda folder: (folder / "manifest.json").write_text(
            '{"files": {"../../recipe.yaml": {"bytes": 1, "sha256": ""}}}'
        ),
        "is not a manifest",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_run_falls_back_to_the_checkpoint_before(
    damage: str, run: Path, uninterrupted: Callable[..., Path]
) -> None:
    apply, message = DAMAGES[damage]
    apply(run / "checkpoints" / "epoch_0003_step_000002")
    restored = resume_to_end(run)
    assert restored.position == (3, 0) and restored.notes[1:] == ("resumes from the one before: epoch_0002",)
    assert restored.notes[0].startswith("epoch_0003_step_000002 cannot be used: ") and message in restored.notes[0]
    assert_runs_equal(run, uninterrupted("robot"))


def test_loading_a_model_checks_its_weights_only(run: Path) -> None:
    newest = run / "checkpoints" / "epoch_0003_step_000002"
    (newest / "state.pt").unlink()
    assert vidpred.load(run, device="cpu").checkpoint == newest.resolve()
    _flip(newest / "weights.safetensors")
    with pytest.raises(
        VidpredError, match=r"is damaged: .*; use another checkpoint of this run: epoch_0002, epoch_0001, epoch_0000$"
    ):
        vidpred.load(run, device="cpu")


def test_an_empty_manifest_is_reported_as_empty(run: Path) -> None:
    (run / "checkpoints" / "epoch_0003_step_000002" / "manifest.json").write_bytes(b"")
    assert "manifest.json cannot be read: it is empty" in resume_to_end(run).notes[0]


def test_two_damaged_checkpoints_and_a_missing_one(run: Path, uninterrupted: Callable[..., Path]) -> None:
    for name in ("epoch_0003_step_000002", "epoch_0002"):
        _flip(run / "checkpoints" / name / "weights.safetensors")
    shutil.rmtree(run / "checkpoints" / "epoch_0001")
    restored = resume_to_end(run)
    assert restored.position == (1, 0) and len(restored.notes) == 4
    assert restored.notes[-1] == "metrics.jsonl: epochs 1 to 2 dropped, as it has no checkpoint"
    assert_runs_equal(run, uninterrupted("robot"))
    assert_runs_equal(run, uninterrupted("robot"), "best_psnr")


def test_without_an_intact_checkpoint_resuming_is_refused(run: Path) -> None:
    for weights in (run / "checkpoints").glob("epoch_*/weights.safetensors"):
        _flip(weights)
    with pytest.raises(
        VidpredError, match="no checkpoint is intact with its history; start the run from the beginning"
    ) as raised:
        resume_to_end(run)
    assert str(raised.value).count("cannot be used") == 4


@pytest.mark.parametrize(
    "tail",
    [
        b'{"epoch": 3, "tra',
        b"\0" * 100,
        b"[]\n",
        b'{"epoch": 3}\n',
        b'{"epoch": 7}\n',
        b"\xff\xfe\n",
        b"[" * 100_000 + b"\n",
    ],
    ids=["torn", "zeros", "a list", "no metrics", "another epoch", "no text", "nested"],
)
def test_torn_and_invalid_lines_are_dropped(tail: bytes, run: Path, uninterrupted: Callable[..., Path]) -> None:
    with (run / "metrics.jsonl").open("ab") as file:
        file.write(tail)
    restored = resume_to_end(run)
    assert restored.position == (3, 2) and restored.notes[0].startswith("metrics.jsonl: ")
    assert_runs_equal(run, uninterrupted("robot"))


def test_a_checkpoint_without_its_records_is_not_used(run: Path, uninterrupted: Callable[..., Path]) -> None:
    path = run / "metrics.jsonl"
    path.write_bytes(
        b"".join(path.read_bytes().splitlines(keepends=True)[:2])[:-5]
    )  # one complete record, and most of another
    restored = resume_to_end(run)
    assert restored.position == (1, 0)
    assert restored.notes[0] == ("epoch_0003_step_000002 cannot be used: metrics.jsonl is torn after 1 of its 3 epochs")
    assert_runs_equal(run, uninterrupted("robot"))


def test_missing_links_and_pointer_files(
    run: Path, uninterrupted: Callable[..., Path], vidpred: Callable[..., Any]
) -> None:
    """On systems without symlinks, a file holds the name of the target."""
    best = (run / "checkpoints" / "best_psnr").resolve().name
    for link in [path for path in (run / "checkpoints").iterdir() if path.is_symlink()]:
        link.unlink()
    (run / "checkpoints" / "best_psnr").write_text(best)
    assert vidpred("eval", run, "--checkpoint", "best_psnr", "--device", "cpu").code == 0
    assert_runs_equal(run_to_end(resume_tiny_run(run)), uninterrupted("robot"))
    assert (run / "checkpoints" / "last").is_symlink()


def test_no_link_leads_out_of_the_run(run: Path, vidpred: Callable[..., Any], tmp_path: Path) -> None:
    shutil.copytree(run / "checkpoints" / "epoch_0000", tmp_path / "outside")
    (run / "checkpoints" / "best_psnr").unlink()
    (run / "checkpoints" / "best_psnr").write_text("../../../outside")
    outcome = vidpred("eval", run, "--checkpoint", "best_psnr", "--device", "cpu")
    assert outcome.code == 2 and "has no checkpoint 'best_psnr'" in outcome.errors


def test_pointer_files_are_written_where_symlinks_are_refused(
    data_roots: dict[str, Path], uninterrupted: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    expected = uninterrupted("robot")  # with symlinks, as other tests use it too
    monkeypatch.setattr(Path, "symlink_to", refuse)
    folder = stop_after(new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path), train_step(7))
    assert (folder / "checkpoints" / "last").read_text() == "epoch_0002_step_000002"
    run_to_end(resume_tiny_run(folder))
    assert (folder / "checkpoints" / "last").read_text() == "epoch_0003"
    assert comparable_records(folder) == comparable_records(expected)


def test_links_in_an_untrusted_run_are_refused(run: Path, tmp_path: Path) -> None:
    """Through them, a run would write and delete files elsewhere."""
    (home := tmp_path / "home").mkdir()
    (home / ".ssh").mkdir()
    (home / "notes").write_text("mine")
    for name, target in (
        ("running.json", home / "notes"),
        ("metrics.jsonl", home / "notes"),
        ("previews", home),
        ("checkpoints", home),
    ):
        shutil.copytree(run, bad := tmp_path / f"bad_{name}", symlinks=True)
        shutil.rmtree(bad / name) if (bad / name).is_dir() else (bad / name).unlink(missing_ok=True)
        (bad / name).symlink_to(target)
        with pytest.raises(VidpredError, match="is a link, which vidpred never creates here"):
            resume_to_end(bad)
    assert (home / ".ssh").is_dir() and (home / "notes").read_text() == "mine"


def test_only_leftovers_of_vidpred_are_deleted(run: Path) -> None:
    foreign = [run / "checkpoints" / name for name in (".git", "notes", ".epoch_mine")]
    leftovers = [run / "checkpoints" / ".last.4711", run / "checkpoints" / ".best_psnr.12"]
    for folder in foreign:
        folder.mkdir()
    for link in leftovers:
        link.symlink_to("epoch_0000")
    resume_to_end(run)
    assert all(folder.is_dir() for folder in foreign) and not any(link.is_symlink() for link in leftovers)


@pytest.mark.parametrize(
    "environment", ['{"versions": []}', "[]", "{", '{"versions": {"vidpred": 3}, "plugins": 3, "resumed": "x"}']
)
def test_an_unreadable_environment_is_ignored(environment: str, run: Path, uninterrupted: Callable[..., Path]) -> None:
    (run / "environment.json").write_text(environment)
    resume_to_end(run)
    assert_runs_equal(run, uninterrupted("robot"))


def test_a_finished_run_whose_last_checkpoint_is_damaged_trains_the_last_epoch_again(
    uninterrupted: Callable[..., Path], tmp_path: Path
) -> None:
    shutil.copytree(uninterrupted("robot"), folder := tmp_path / "run", symlinks=True)
    _flip(folder / "checkpoints" / "epoch_0003" / "weights.safetensors")
    assert resume_to_end(folder).position == (3, 0)
    assert_runs_equal(folder, uninterrupted("robot"))


def test_partially_written_checkpoints_are_deleted(run: Path) -> None:
    partial = run / "checkpoints" / ".epoch_0003.4711"
    partial.mkdir()
    (partial / "weights.safetensors").write_bytes(b"partial")
    run_to_end(resume_tiny_run(run))
    assert not partial.exists()


def test_damaged_weights_are_not_evaluated(run: Path, vidpred: Callable[..., Any]) -> None:
    _flip(run / "checkpoints" / "epoch_0003_step_000002" / "weights.safetensors")
    outcome = vidpred("eval", run, "--device", "cpu")
    assert outcome.code == 2 and "is damaged: weights.safetensors differs from what was written" in outcome.errors
