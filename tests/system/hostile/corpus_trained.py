"""Untrusted trained runs that are correct except for one file: weights, state, manifest, history, environment."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import torch

from tests.system.hostile.case import SECRET, Case, Make, both, file, link, pipe, sparse
from tests.written_results import result

LAST = "run/checkpoints/epoch_0000"
WEIGHTS, STATE, MANIFEST, RECORDS = (
    f"{LAST}/weights.safetensors",
    f"{LAST}/state.pt",
    f"{LAST}/manifest.json",
    "run/metrics.jsonl",
)
RESULT, FRAMES = "run/eval/svg/result.json", "run/eval/svg/per_frame.csv"
DAMAGED, NO_WEIGHTS = "is damaged: ", "weights.safetensors: cannot be read"


class Payload:
    """A pickle that runs a command when it is loaded."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("touch ran",)


def signed(workspace: Path) -> None:
    """Write a manifest that fits the changed files: an attacker can change both."""
    files = {name: (workspace / LAST / name).read_bytes() for name in ("weights.safetensors", "state.pt")}
    manifest_fields = json.loads((workspace / MANIFEST).read_text())
    manifest_fields["files"] = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()
    }
    (workspace / MANIFEST).write_text(json.dumps(manifest_fields))


def unsigned(workspace: Path) -> None:
    """Remove the manifest, which would detect the change."""
    (workspace / MANIFEST).unlink()


def tensors(header: bytes, data: bytes = b"", length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def entry(dtype: str = "F32", shape: object = (2,), offsets: object = (0, 8)) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def weights(content: bytes | Make, *expected: str, sign: Make = signed) -> Case:
    return Case(
        both(content if callable(content) else file(WEIGHTS, content), sign),
        ("eval", "{workspace}/run"),
        expected or (NO_WEIGHTS,),
    )


def header(value: object, data: bytes = bytes(8)) -> Case:
    return weights(tensors(json.dumps(value).encode(), data))


def state(content: bytes | Make, *expected: str) -> Case:
    return Case(
        both(content if callable(content) else file(STATE, content), signed),
        ("run", "--resume", "{workspace}/run", "--set", "train.epochs=2"),
        expected or ("state.pt: ",),
    )


def changed(name: str, change: Callable[[bytes], bytes]) -> Make:
    return lambda workspace: (workspace / name).write_bytes(change((workspace / name).read_bytes()))


def saved(value: object, **options: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def deflated(data: bytes) -> bytes:
    """The same archive, compressed, with 10 MB of zeros in 10 KB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr(f"{old.namelist()[0].split('/')[0]}/zeros", bytes(10_000_000))
    return buffer.getvalue()


def manifest(content: bytes | Make, *expected: str) -> Case:
    return Case(
        content if callable(content) else file(MANIFEST, content), ("eval", "{workspace}/run"), (DAMAGED, *expected)
    )


def files(value: object) -> bytes:
    return json.dumps({"vidpred": "1", "epoch": 1, "step": 0, "files": value}).encode()


def intact_result() -> str:
    return json.dumps(result())


def frames(number: object) -> str:
    return "metric,frame,clips,best,mean,worst,one,copy_last,copy_first\n" + f"psnr,{number},1,nan,inf,1,1,1,1\n"


WEIGHT_FILES = {
    "nothing": weights(b""),
    "three bytes": weights(b"abc"),
    "a length of 2**63": weights(tensors(b"{}", length=2**63)),
    "a length of 2**64 - 1": weights(tensors(b"{}", length=2**64 - 1)),
    "a length of 1 GB": weights(tensors(b"{}", length=10**9)),
    "a header that is no JSON": weights(tensors(b"{'a': 1}")),
    "a header that is not UTF-8": weights(tensors(b"\xff\xfe{}")),
    "a header 100,000 deep": weights(tensors(b'{"a":' * 100_000)),
    "a header of lists": weights(tensors(b"[" * 1000 + b"]" * 1000)),
    "a tensor of 1 TB": header({"a": entry(shape=[10**6, 10**6], offsets=[0, 4 * 10**12])}),
    "a tensor of 2**64 values": header({"a": entry(shape=[2**32, 2**32], offsets=[0, 8])}),
    "a shape that is negative": header({"a": entry(shape=[-2])}),
    "a shape of text": header({"a": entry(shape="2")}),
    "a type that is none": header({"a": entry(dtype="PICKLE")}),
    "offsets beyond the file": header({"a": entry(offsets=[0, 80], shape=[20])}),
    "offsets backwards": header({"a": entry(offsets=[8, 0])}),
    "offsets that overlap": header({"a": entry(), "b": entry()}),
    "offsets of another size": header({"a": entry(offsets=[0, 4])}),
    "a hole": header({"a": entry(), "b": entry(offsets=[16, 24])}, bytes(24)),
    "bytes left over": header({"a": entry()}, bytes(80)),
    "metadata of numbers": header({"__metadata__": {"a": 1}, "a": entry()}),
    "other weights": weights(
        tensors(json.dumps({"a": entry()}).encode(), bytes(8)),
        "these weights do not fit the model",
        "left over: a",
        "missing: ",
    ),
    "names that steer a terminal": weights(
        tensors(json.dumps({"\x1b[31m\u202e": entry()}).encode(), bytes(8)),
        "these weights do not fit the model",
        "… and ",
    ),
    "cut": weights(changed(WEIGHTS, lambda data: data[:-10])),
    "a pickle": weights(pickle.dumps(Payload())),
    "torch's file": weights(saved({"a": Payload()})),
    "a pickle without a manifest": weights(pickle.dumps(Payload()), sign=unsigned),
    "1 TB without a manifest": weights(
        both(lambda workspace: (workspace / WEIGHTS).unlink(), sparse(WEIGHTS, 10**12)),
        "weights.safetensors: ",
        sign=unsigned,
    ),
    "a pipe without a manifest": weights(pipe(WEIGHTS), "weights.safetensors: ", sign=unsigned),
    "a device without a manifest": weights(link(WEIGHTS, "/dev/zero"), "weights.safetensors: ", sign=unsigned),
    "a secret without a manifest": weights(
        both(file("secret", SECRET), link(WEIGHTS, "{workspace}/secret")), NO_WEIGHTS, sign=unsigned
    ),
    "a flipped bit": weights(
        changed(WEIGHTS, lambda data: data[:-1] + bytes([data[-1] ^ 1])),
        DAMAGED,
        "its SHA-256 is another",
        sign=lambda workspace: None,
    ),
}
STATES = {
    "a pickle": state(pickle.dumps(Payload())),
    "a pickle of protocol 0": state(pickle.dumps(Payload(), 0)),
    "torch's file with a payload": state(saved({"optimizer": Payload(), "scaler": {}, "totals": {}})),
    "torch's old file with a payload": state(saved({"optimizer": Payload()}, _use_new_zipfile_serialization=False)),
    "a tensor that is no optimizer": state(saved(torch.zeros(3)), "does not hold the state of a run"),
    "nothing of what is needed": state(saved({"a": 1}), "does not hold the state of this run"),
    "other weights' state": state(
        saved(
            {"optimizer": {"state": {0: {"exp_avg": torch.zeros(1)}}, "param_groups": []}, "scaler": {}, "totals": {}}
        )
    ),
    "lists for mappings": state(saved({"optimizer": [], "scaler": [], "totals": []})),
    "compressed": state(changed(STATE, deflated), "it is compressed, which vidpred's are not"),
    "noise": state(bytes(range(256)) * 20),
    "nothing": state(b""),
    "cut": state(changed(STATE, lambda data: data[: len(data) // 2])),
}
MANIFESTS = {
    "nothing": manifest(b"", "manifest.json cannot be read: it is empty"),
    "no JSON": manifest(b"{'a': 1}", "manifest.json cannot be read"),
    "100,000 deep": manifest(b"[" * 100_000, "manifest.json cannot be read"),
    "a list": manifest(b"[]", "manifest.json is not a manifest"),
    "1 TB": manifest(sparse(MANIFEST, 10**12), "manifest.json is unreadable: it has 1,000,000,000,000 bytes"),
    "a secret": manifest(SECRET.encode(), "manifest.json cannot be read"),
    "a path that leads out": manifest(
        files({"../../../secret": {"bytes": 1, "sha256": "x"}}), "manifest.json is not a manifest"
    ),
    "an absolute path": manifest(
        files({"/etc/passwd": {"bytes": 1, "sha256": "x"}}), "manifest.json is not a manifest"
    ),
    "no weights": manifest(files({}), "weights.safetensors is not in manifest.json"),
    "sizes of text": manifest(
        files({"weights.safetensors": {"bytes": "1", "sha256": 2}}), "manifest.json is not a manifest"
    ),
    "a size of 10**30": manifest(
        files({"weights.safetensors": {"bytes": 10**30, "sha256": ""}}),
        "bytes, but 1000000000000000000000000000000 were written",
    ),
    "a name that steers a terminal": Case(
        file(MANIFEST, files({"\x1b[31m": {"bytes": 1, "sha256": ""}})),
        ("runs", "{workspace}"),
        ("broken", "\\x1b[31m is missing"),
        0,
    ),
    "a name with a NUL": manifest(
        files({"a\0b": {"bytes": 1, "sha256": ""}, "weights.safetensors": {"bytes": 1, "sha256": ""}})
    ),
    "a pipe": manifest(pipe(MANIFEST)),
}
SIDECARS = {  # files beside the checkpoints; most of them listed by `vidpred runs`
    "records of garbage": Case(file(RECORDS, "garbage\n"), ("runs", "{workspace}"), ("run",), 0),
    "records 100,000 deep": Case(file(RECORDS, "[" * 100_000 + "\n"), ("runs", "{workspace}"), ("run",), 0),
    "records of 1 TB": Case(sparse(RECORDS, 10**12), ("runs", "{workspace}"), ("run",), 0),
    "a record of nothing but its number": Case(file(RECORDS, '{"epoch": 0}\n'), ("runs", "{workspace}"), ("run",), 0),
    "a record of text": Case(
        file(RECORDS, '{"epoch": 0, "validate": {"psnr": "\\u001b[31m"}}\n'), ("runs", "{workspace}"), ("run",), 0
    ),
    "a record of lists": Case(file(RECORDS, '{"epoch": 0, "validate": [1]}\n'), ("runs", "{workspace}"), ("run",), 0),
    "a record of 5000 digits": Case(
        file(RECORDS, '{"epoch": 0, "validate": {"psnr": ' + "9" * 5000 + "}}\n"), ("runs", "{workspace}"), ("run",), 0
    ),
    "records that are a pipe": Case(pipe(RECORDS), ("runs", "{workspace}"), ("run",), 0),
    "a recipe that is a bomb": Case(file("run/recipe.yaml", "a: &a [*a]\n"), ("runs", "{workspace}"), ("run",), 0),
    "a recipe that steers a terminal": Case(
        file("run/recipe.yaml", 'name: "\\e[31m"\n'), ("runs", "{workspace}"), ("run",), 0
    ),
    "a note of garbage": Case(file("run/running.json", "[" * 100_000), ("runs", "{workspace}"), ("run",), 0),
    "an environment of garbage": Case(
        both(file("run/environment.json", '{"plugins": [{"name": "\\u001b[31m", "source": "<b>", "sha256": 1}]}')),
        ("run", "--resume", "{workspace}/run", "--set", "train.epochs=2"),
        ("\\x1b[31m, the file <b>: load it with --plugin FILE",),
    ),
    "a record of nothing, resumed": Case(
        file(RECORDS, '{"epoch": 0}\n'),
        ("run", "--resume", "{workspace}/run", "--set", "train.epochs=2"),
        ("metrics.jsonl",),
    ),
    "a checkpoint that links outside": Case(
        both(
            lambda workspace: (workspace / "run/checkpoints/last").unlink(),
            link("run/checkpoints/last", "../../../../etc"),
        ),
        ("eval", "{workspace}/run"),
        ("has no checkpoint 'last'",),
    ),
}
STRANGE_RESULTS = {
    "garbage": file(RESULT, "["),
    "100,000 deep": file(RESULT, "[" * 100_000),
    "1 TB": sparse(RESULT, 10**12),
    "a pipe": both(file(RESULT, ""), pipe(RESULT)),
    "a metric that steers a terminal": file(RESULT, '{"format": 1, "metrics": {"\\u001b[31m": []}}'),
}
STRANGE_FRAMES = {
    "garbage": file(FRAMES, "\0\0"),
    "1 TB": both(file(RESULT, intact_result()), sparse(FRAMES, 10**12)),
    "a pipe": both(file(RESULT, intact_result()), pipe(FRAMES)),
    "frame 10**18": both(file(RESULT, intact_result()), file(FRAMES, frames(10**18))),
    "figures that are none": both(file(RESULT, intact_result()), file(FRAMES, frames("nan"))),
}
RESULTS = {  # the report and the comparison leave them out
    **{
        f"result: {name}, report": Case(make, ("report", "{workspace}/run"), ("report.html",), 0)
        for name, make in STRANGE_RESULTS.items()
    },
    **{
        f"result: {name}, compare": Case(make, ("compare", "{workspace}/run"), ("left out: ", "result.json"), 0)
        for name, make in STRANGE_RESULTS.items()
    },
    **{
        f"frames: {name}, report": Case(make, ("report", "{workspace}/run"), ("report.html",), 0)
        for name, make in STRANGE_FRAMES.items()
    },
}
CASES = RESULTS | {
    f"{kind}: {name}": case
    for kind, cases in (("weights", WEIGHT_FILES), ("state", STATES), ("manifest", MANIFESTS), ("sidecar", SIDECARS))
    for name, case in cases.items()
}
