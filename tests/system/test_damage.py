"""What was damaged or torn is noticed, said, and gone back behind; strict loading names what does not fit."""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import vidpred
from tests.tiny_runs import (
    assert_runs_equal,
    new_tiny_run,
    recipe_fields,
    resume_tiny_run,
    run_to_end,
    stop_after,
    train_step,
)
from vidpred.errors import VidpredError
from vidpred.runs.manifest import encode_manifest
from vidpred.runs.position import parse_position
from vidpred.runs.weights import encode_weights
from vidpred.training.restore import Restored


@pytest.fixture
def run(data_roots: dict[str, Path], tmp_path: Path) -> Path:
    """Stopped in its fourth epoch, with a checkpoint of every one before."""
    return stop_after(new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path), train_step(10))


def going_on(folder: Path) -> Restored:
    events = resume_tiny_run(folder).events()
    before = next(iter(events))
    assert isinstance(before, Restored)
    list(events)
    return before


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
def test_the_checkpoint_before_serves(damage: str, run: Path, uninterrupted: Callable[..., Path]) -> None:
    harm, said = DAMAGES[damage]
    harm(run / "checkpoints" / "epoch_0003_step_000002")
    before = going_on(run)
    assert before.position == (3, 0) and before.notes[1:] == ("resumes from the one before: epoch_0002",)
    assert before.notes[0].startswith("epoch_0003_step_000002 cannot be used: ") and said in before.notes[0]
    assert_runs_equal(run, uninterrupted("robot"))


def test_what_only_needs_weights_looks_at_weights_alone(run: Path) -> None:
    newest = run / "checkpoints" / "epoch_0003_step_000002"
    (newest / "state.pt").unlink()
    assert vidpred.load(run, device="cpu").checkpoint == newest.resolve()
    _flip(newest / "weights.safetensors")
    with pytest.raises(
        VidpredError, match=r"is damaged: .*; use another checkpoint of this run: epoch_0002, epoch_0001, epoch_0000$"
    ):
        vidpred.load(run, device="cpu")


def test_an_empty_manifest_is_said_to_be_one(run: Path) -> None:
    (run / "checkpoints" / "epoch_0003_step_000002" / "manifest.json").write_bytes(b"")
    assert "manifest.json cannot be read: it is empty" in going_on(run).notes[0]


def test_two_that_are_damaged_and_one_that_is_gone(run: Path, uninterrupted: Callable[..., Path]) -> None:
    for name in ("epoch_0003_step_000002", "epoch_0002"):
        _flip(run / "checkpoints" / name / "weights.safetensors")
    shutil.rmtree(run / "checkpoints" / "epoch_0001")
    before = going_on(run)
    assert before.position == (1, 0) and len(before.notes) == 4
    assert before.notes[-1] == "metrics.jsonl: epochs 1 to 2 dropped, as it has no checkpoint"
    assert_runs_equal(run, uninterrupted("robot"))
    assert_runs_equal(run, uninterrupted("robot"), "best_psnr")


def test_where_none_is_whole(run: Path) -> None:
    for weights in (run / "checkpoints").glob("epoch_*/weights.safetensors"):
        _flip(weights)
    with pytest.raises(
        VidpredError, match="no checkpoint is intact with its history; start the run from the beginning"
    ) as raised:
        going_on(run)
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
    ids=["torn", "zeros", "a list", "no figures", "another epoch", "no text", "nested"],
)
def test_torn_and_foreign_lines_are_dropped(tail: bytes, run: Path, uninterrupted: Callable[..., Path]) -> None:
    with (run / "metrics.jsonl").open("ab") as file:
        file.write(tail)
    before = going_on(run)
    assert before.position == (3, 2) and before.notes[0].startswith("metrics.jsonl: ")
    assert_runs_equal(run, uninterrupted("robot"))


def test_records_that_a_checkpoint_needs(run: Path, uninterrupted: Callable[..., Path]) -> None:
    path = run / "metrics.jsonl"
    path.write_bytes(
        b"".join(path.read_bytes().splitlines(keepends=True)[:2])[:-5]
    )  # one whole record, and most of another
    before = going_on(run)
    assert before.position == (1, 0)
    assert before.notes[0] == ("epoch_0003_step_000002 cannot be used: metrics.jsonl is torn after 1 of its 3 epochs")
    assert_runs_equal(run, uninterrupted("robot"))


def test_links_that_are_gone_or_are_files(
    run: Path, uninterrupted: Callable[..., Path], vidpred: Callable[..., Any]
) -> None:
    """Where links cannot be made, a file holds the name."""
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


def test_pointer_files_where_links_cannot_be_made(
    data_roots: dict[str, Path], uninterrupted: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    folder = stop_after(new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path), train_step(7))
    assert (folder / "checkpoints" / "last").read_text() == "epoch_0002_step_000002"
    run_to_end(resume_tiny_run(folder))
    assert (folder / "checkpoints" / "last").read_text() == "epoch_0003"
    from tests.tiny_runs import comparable_records

    assert comparable_records(folder) == comparable_records(uninterrupted("robot"))


def test_a_strangers_links_lead_nowhere(run: Path, tmp_path: Path) -> None:
    """What a run writes and deletes would be elsewhere."""
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
            going_on(bad)
    assert (home / ".ssh").is_dir() and (home / "notes").read_text() == "mine"


def test_nothing_but_our_own_leftovers_is_deleted(run: Path) -> None:
    others = [run / "checkpoints" / name for name in (".git", "notes", ".epoch_mine")]
    ours = [run / "checkpoints" / ".last.4711", run / "checkpoints" / ".best_psnr.12"]
    for folder in others:
        folder.mkdir()
    for link in ours:
        link.symlink_to("epoch_0000")
    going_on(run)
    assert all(folder.is_dir() for folder in others) and not any(link.is_symlink() for link in ours)


@pytest.mark.parametrize(
    "environment", ['{"versions": []}', "[]", "{", '{"versions": {"vidpred": 3}, "plugins": 3, "resumed": "x"}']
)
def test_an_environment_that_is_none(environment: str, run: Path, uninterrupted: Callable[..., Path]) -> None:
    (run / "environment.json").write_text(environment)
    going_on(run)
    assert_runs_equal(run, uninterrupted("robot"))


def test_a_finished_run_whose_end_is_damaged_does_it_again(uninterrupted: Callable[..., Path], tmp_path: Path) -> None:
    shutil.copytree(uninterrupted("robot"), folder := tmp_path / "run", symlinks=True)
    _flip(folder / "checkpoints" / "epoch_0003" / "weights.safetensors")
    assert going_on(folder).at == (3, 0)
    assert_runs_equal(folder, uninterrupted("robot"))


def test_what_a_killed_process_left_half_written_goes(run: Path) -> None:
    half = run / "checkpoints" / ".epoch_0003.4711"
    half.mkdir()
    (half / "weights.safetensors").write_bytes(b"half")
    run_to_end(resume_tiny_run(run))
    assert not half.exists()


def _rewritten(checkpoint: Path, name: str, data: bytes) -> None:
    """Another file, and a manifest that says it is right: what a stranger sends."""
    files = {other: (checkpoint / other).read_bytes() for other in ("weights.safetensors", "state.pt")} | {name: data}
    at = parse_position(checkpoint.name)
    assert at is not None
    (checkpoint / name).write_bytes(data)
    (checkpoint / "manifest.json").write_bytes(encode_manifest(at, files, "0"))


def _saved(value: Any) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


class _Payload:
    def __reduce__(self) -> Any:
        return Path.touch, (Path("/tmp/vidpred_was_here"),)


def _changed(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def make(data: bytes) -> bytes:
        state = torch.load(io.BytesIO(data), weights_only=True)
        change(state)
        return _saved(state)

    return make


def _compressed(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.infolist():
            after.writestr(part.filename, before.read(part))
        after.writestr("archive/data/999", bytes(1 << 24))
    return made.getvalue()


STATES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a pickle that runs code": (lambda _: _saved(_Payload()), "cannot be read as tensors and plain values"),
    "a bare pickle": (lambda _: pickle.dumps(_Payload()), "cannot be read as tensors and plain values"),
    "a legacy file": (lambda _: _legacy(), "cannot be read as tensors and plain values"),
    "compressed": (_compressed, "it is compressed, which vidpred's are not"),
    "empty": (lambda _: b"", "cannot be read as tensors and plain values"),
    "a list": (lambda _: _saved([1]), "does not hold the state of a run"),
    "nothing in it": (lambda _: _saved({}), "does not hold the state of this run"),
    "no optimizer": (
        _changed(lambda state: state.pop("optimizer")),
        "does not hold the state of this run: KeyError: 'optimizer'",
    ),
    "another shape": (
        _changed(lambda state: state["optimizer"]["state"][0].update(exp_avg=torch.zeros(2, 2))),
        "exp_avg has shape (2, 2), but the weight (2, 3, 3, 3)",
    ),
    "a missing entry": (
        _changed(lambda state: state["optimizer"]["state"][0].pop("exp_avg_sq")),
        "missing: exp_avg_sq",
    ),
    "a left-over weight": (
        _changed(lambda state: state["optimizer"]["state"].update({999: {}})),
        "left over: weight 999 of",
    ),
    "another optimizer": (
        _changed(lambda state: state["optimizer"].update(param_groups=[])),
        "does not hold the state of this run: ",
    ),
    "no totals": (_changed(lambda state: state.update(totals=3)), "does not hold the state of this run: "),
    "totals of another step": (
        _changed(
            lambda state: state["totals"]["columns"].update(
                {name: torch.zeros(1) for name in state["totals"]["columns"]}
            )
        ),
        "holds 1 steps of an epoch, but is named for 2",
    ),
}


def _legacy() -> bytes:
    file = io.BytesIO()
    torch.save({"optimizer": 1}, file, _use_new_zipfile_serialization=False)
    return file.getvalue()


@pytest.mark.parametrize("kind", STATES)
def test_a_state_that_is_no_state(kind: str, run: Path) -> None:
    make, said = STATES[kind]
    checkpoint = run / "checkpoints" / "epoch_0003_step_000002"
    _rewritten(checkpoint, "state.pt", make((checkpoint / "state.pt").read_bytes()))
    with pytest.raises(VidpredError) as raised:
        going_on(run)
    assert said in str(raised.value) and str(checkpoint) in str(raised.value)
    assert not Path("/tmp/vidpred_was_here").exists()


def _weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], bytes]:
    def make(path: Path) -> bytes:
        weights = load_file(path)
        change(weights)
        save_file(weights, path)
        return path.read_bytes()

    return make


WEIGHTS: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "missing": (_weights(lambda weights: weights.pop("decoder.head.weight", None) or weights.popitem()), "missing: "),
    "left over": (_weights(lambda weights: weights.update(other=torch.zeros(1))), "left over: other"),
    "integers": (
        _weights(lambda weights: weights.update({name: value.int() for name, value in list(weights.items())[:1]})),
        "but the model has shape",
    ),
    "a lying header": (lambda path: b"\xff" * 7 + b"\x7f" + path.read_bytes()[8:], "cannot be read as weights"),
    "a header without an end": (lambda path: (1000).to_bytes(8, "little") + b"{" * 1000, "cannot be read as weights"),
    "offsets outside": (
        lambda _: _header({"x": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}),
        "cannot be read as weights",
    ),
    "no bytes": (lambda _: b"", "cannot be read as weights"),
}


def _header(entries: dict[str, Any]) -> bytes:
    header = json.dumps(entries).encode()
    return len(header).to_bytes(8, "little") + header


@pytest.mark.parametrize("kind", WEIGHTS)
def test_weights_that_are_no_weights(kind: str, run: Path, vidpred: Callable[..., Any]) -> None:
    make, said = WEIGHTS[kind]
    checkpoint = run / "checkpoints" / "epoch_0003_step_000002"
    _rewritten(checkpoint, "weights.safetensors", make(checkpoint / "weights.safetensors"))
    for command in (["run", "--resume", run], ["eval", run]):
        outcome = vidpred(*command, "--device", "cpu")
        assert outcome.code == 2 and said in outcome.errors and "weights.safetensors" in outcome.errors


def test_equal_weights_are_equal_files() -> None:
    """So that the hash of a checkpoint says what was evaluated."""
    saved = [
        encode_weights(torch.nn.Linear(2, 2).requires_grad_(False).apply(_ones), {"recipe": "r", "version": "v"})
        for _ in range(20)
    ]
    assert len(set(saved)) == 1


def _ones(module: torch.nn.Module) -> None:
    for parameter in module.parameters():
        parameter.fill_(1.0)


def test_damaged_weights_are_not_measured(run: Path, vidpred: Callable[..., Any]) -> None:
    _flip(run / "checkpoints" / "epoch_0003_step_000002" / "weights.safetensors")
    outcome = vidpred("eval", run, "--device", "cpu")
    assert outcome.code == 2 and "is damaged: weights.safetensors differs from what was written" in outcome.errors
