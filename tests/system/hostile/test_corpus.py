"""A corpus of hostile input: each case ends in one clear message and its exit code.

No traceback, no raw escape sequence, no executed code, nothing written elsewhere, no content of a private file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.system.hostile import (
    corpus_commands,
    corpus_images,
    corpus_names,
    corpus_recipes,
    corpus_records,
    corpus_runs,
    corpus_tables,
    corpus_trained,
)
from tests.system.hostile.bounds import bounded
from tests.system.hostile.case import SECRET, Case
from vidpred.io import read_frame

CORPUS = {
    f"{module.__name__.removeprefix('tests.system.hostile.corpus_')}: {name}": case
    for module in (
        corpus_recipes,
        corpus_commands,
        corpus_names,
        corpus_images,
        corpus_tables,
        corpus_records,
        corpus_runs,
    )
    for name, case in module.CASES.items()
}
ON_CPU = ("--out", "out", "--device", "cpu")
CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("name", CORPUS)
def test_hostile_input(
    name: str, command: Callable[..., Any], workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_case(CORPUS[name], command, workspace, monkeypatch)


@pytest.mark.parametrize("name", corpus_trained.CASES)
def test_untrusted_runs(
    name: str, command: Callable[..., Any], untrusted_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_case(corpus_trained.CASES[name], command, untrusted_run, monkeypatch)


def check_case(case: Case, command: Callable[..., Any], workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace.parent)
    case.make(workspace)
    before = set(everything(workspace.parent))
    arguments = [filled(part, workspace) for part in case.command]
    with bounded():
        outcome = command(arguments[0], *(ON_CPU if arguments[0] == "run" else ()), *arguments[1:])
    printed = outcome.output + outcome.errors
    assert outcome.code == case.code, printed
    for text in case.expected:
        assert filled(text, workspace) in (outcome.errors if case.code else printed), printed
    if case.code:
        message = re.sub(r"^plugin .* from .*\n", "", outcome.errors)  # a plugin is announced before it is loaded
        assert re.match(r"error: .*\n(  .*\n)*$", message), printed
    assert (
        not CONTROL.search(printed) and SECRET not in printed and "Traceback" not in printed and len(printed) < 20_000
    )
    assert set(everything(workspace.parent)) == before  # no run folder, no executed code, nothing elsewhere


def filled(text: str, workspace: Path) -> str:
    return text.replace("{workspace}", str(workspace))


def everything(folder: Path) -> Iterator[bytes]:
    """Yield names as bytes: one may not be valid text."""
    for path in folder.rglob("*"):
        if path.name not in (".vidpred_index", ".lock", "__pycache__") and path.suffix != ".pyc":
            yield bytes(path)


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 150
    assert all(case.expected for case in CORPUS.values()) and all(isinstance(case, Case) for case in CORPUS.values())


@pytest.mark.parametrize("name", corpus_images.SAFE)
def test_odd_images_are_read_as_they_are(name: str, tmp_path: Path) -> None:
    frame = tmp_path / "0.png"
    frame.write_bytes(corpus_images.SAFE[name])
    assert np.array_equal(read_frame(frame, (64, 64)).permute(1, 2, 0).numpy(), corpus_images.GREY)
