"""Checkpoints of unknown origin: a manifest that fits, but a state or weights that do not; nothing is executed."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.tiny_runs import new_tiny_run, recipe_fields, resume_tiny_run, stop_after, train_step
from vidpred.errors import VidpredError
from vidpred.runs.manifest import encode_manifest
from vidpred.runs.position import parse_position


@pytest.fixture
def run(data_roots: dict[str, Path], tmp_path: Path) -> Path:
    """A run stopped in its fourth epoch."""
    return stop_after(new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path), train_step(10))


def _replace_file(checkpoint: Path, name: str, data: bytes) -> None:
    """Replace a file of a checkpoint, and write a manifest that fits."""
    (checkpoint / name).write_bytes(data)
    files = {file: (checkpoint / file).read_bytes() for file in ("weights.safetensors", "state.pt")}
    position = parse_position(checkpoint.name)
    assert position is not None
    (checkpoint / "manifest.json").write_bytes(encode_manifest(position, files, "0"))


def _saved(value: Any) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


class _Payload:
    def __reduce__(self) -> Any:
        return Path.touch, (Path("/tmp/vidpred_was_executed"),)


def _changed(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def make(data: bytes) -> bytes:
        state = torch.load(io.BytesIO(data), weights_only=True)
        change(state)
        return _saved(state)

    return make


def _compressed(data: bytes) -> bytes:
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            target.writestr(member.filename, source.read(member))
        target.writestr("archive/data/999", bytes(1 << 24))
    return result.getvalue()


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
    "no statistics": (_changed(lambda state: state.update(totals=3)), "does not hold the state of this run: "),
    "statistics of another step": (
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
def test_an_invalid_state_is_refused(kind: str, run: Path) -> None:
    make, message = STATES[kind]
    checkpoint = run / "checkpoints" / "epoch_0003_step_000002"
    _replace_file(checkpoint, "state.pt", make((checkpoint / "state.pt").read_bytes()))
    with pytest.raises(VidpredError) as raised:
        list(resume_tiny_run(run).events())
    assert message in str(raised.value) and str(checkpoint) in str(raised.value)
    assert not Path("/tmp/vidpred_was_executed").exists()


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
    "a false header": (lambda path: b"\xff" * 7 + b"\x7f" + path.read_bytes()[8:], "cannot be read as weights"),
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
def test_invalid_weights_are_refused(kind: str, run: Path, vidpred: Callable[..., Any]) -> None:
    make, message = WEIGHTS[kind]
    checkpoint = run / "checkpoints" / "epoch_0003_step_000002"
    _replace_file(checkpoint, "weights.safetensors", make(checkpoint / "weights.safetensors"))
    for command in (["run", "--resume", run], ["eval", run]):
        outcome = vidpred(*command, "--device", "cpu")
        assert outcome.code == 2 and message in outcome.errors and "weights.safetensors" in outcome.errors
