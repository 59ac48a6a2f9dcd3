"""Errors end in one clear message and an exit code; bugs of vidpred keep their traceback."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.cli.test_console import fail_with, new_console, printed
from vidpred.cli import console
from vidpred.errors import VidpredError


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Console:
    stderr = new_console()
    monkeypatch.setattr(console, "stderr", stderr)
    return stderr


def test_errors_cannot_be_forged_and_have_a_bounded_length(stderr: Console) -> None:
    for message in ("one\nerror: two\n\n  three", "x" * 100_000):
        with pytest.raises(SystemExit) as exit_:
            fail_with(VidpredError(message))
        assert exit_.value.code == 2
    expected = f"error: one\n  error: two\n  \n  three\nerror: {'x' * 10_000}… (90,000 more characters)\n"
    assert printed(stderr) == expected


def test_the_system_errors_of_a_file_name_it(stderr: Console) -> None:
    with pytest.raises(SystemExit) as exit_:
        fail_with(PermissionError(13, "Permission denied", "a.csv"))
    assert exit_.value.code == 2
    assert printed(stderr) == "error: a.csv: Permission denied; fix it, or use another file or folder\n"


def test_a_closed_pipe_is_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with pytest.raises(SystemExit) as exit_:
        fail_with(BrokenPipeError(32, "Broken pipe"))
    assert exit_.value.code == 1


def test_bugs_keep_their_traceback() -> None:
    for error in (ValueError("x"), OSError(5, "no file is named")):
        with pytest.raises(type(error)):
            fail_with(error)
