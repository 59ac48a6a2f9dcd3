"""A corpus of bad input: each ends in one clear message and its exit code; in no traceback, no raw escape sequence, nothing that
was run, nothing written elsewhere, and no word from a file that is nobody's business."""

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
def test_bad_input(name: str, command: Callable[..., Any], here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends_well(CORPUS[name], command, here, monkeypatch)


@pytest.mark.parametrize("name", corpus_trained.CASES)
def test_strange_runs(name: str, command: Callable[..., Any], strange: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends_well(corpus_trained.CASES[name], command, strange, monkeypatch)


def ends_well(case: Case, command: Callable[..., Any], here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here.parent)
    case.make(here)
    before = set(everything(here.parent))
    arguments = [filled(part, here) for part in case.command]
    with bounded():
        ended = command(arguments[0], *(ON_CPU if arguments[0] == "run" else ()), *arguments[1:])
    said = ended.output + ended.errors
    assert ended.code == case.code, said
    for words in case.says:
        assert filled(words, here) in (ended.errors if case.code else said), said
    if case.code:
        message = re.sub(r"^plugin .* from .*\n", "", ended.errors)  # before it is loaded, a plugin is named
        assert re.match(r"error: .*\n(  .*\n)*$", message), said
    assert not CONTROL.search(said) and SECRET not in said and "Traceback" not in said and len(said) < 20_000
    assert set(everything(here.parent)) == before  # no run folder, nothing that ran, nothing elsewhere


def filled(text: str, here: Path) -> str:
    return text.replace("{here}", str(here))


def everything(folder: Path) -> Iterator[bytes]:
    """Names as bytes: a bad one may be no text."""
    for path in folder.rglob("*"):
        if path.name not in (".vidpred_index", ".lock", "__pycache__") and path.suffix != ".pyc":
            yield bytes(path)


def test_there_are_enough() -> None:
    assert len(CORPUS) >= 150
    assert all(case.says for case in CORPUS.values()) and all(isinstance(case, Case) for case in CORPUS.values())


@pytest.mark.parametrize("name", corpus_images.SAFE)
def test_odd_images_are_read_as_they_are(name: str, tmp_path: Path) -> None:
    frame = tmp_path / "0.png"
    frame.write_bytes(corpus_images.SAFE[name])
    assert np.array_equal(read_frame(frame, (64, 64)).permute(1, 2, 0).numpy(), corpus_images.GREY)
