"""What is printed is safe for any terminal: with colours on, with a table in it, and where the console knows ASCII only."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from vidpred.cli import console as output, errors
from vidpred.errors import VidpredError

EVIL = "\x1b[2J\x1b]0;x\x07\x9b1m\r\b\u202e\u2066\u2028\udcff[bold red]:bomb:"
SHOWN = r"\x1b[2J\x1b]0;x\x07\x9b1m\r\x08\u202e\u2066\u2028\udcff[bold red]:bomb:"


def console(**options: object) -> Console:
    return Console(
        file=io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), markup=False, highlight=False, emoji=False, **options
    )  # type: ignore[arg-type]


def printed(console: Console) -> str:
    console.file.flush()
    return console.file.buffer.getvalue().decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize("terminal", [True, False])
def test_everything_that_prints_writes_out_what_steers_a_terminal(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, err = console(force_terminal=terminal, width=300), console(force_terminal=terminal, width=300)
    monkeypatch.setattr(output, "console", out)
    monkeypatch.setattr(output, "error_console", err)
    monkeypatch.setattr(errors, "error_console", err)
    output.text(EVIL)
    output.flowing(EVIL, indent=2)
    output.table(EVIL, [EVIL, "b"], [[EVIL + "\nx", EVIL]])
    output.as_json({EVIL: EVIL})
    output.warning(EVIL)
    with pytest.raises(SystemExit):
        errors.guarded(_raising(VidpredError(EVIL)))
    with pytest.raises(SystemExit):
        errors.guarded(_raising(PermissionError(13, "Permission denied", EVIL)))
    own = r"\x1b\[[0-9;]*m"  # the styles that rich writes itself
    said = [re.sub(own, "", printed(one)) if terminal else printed(one) for one in (out, err)]
    assert not any(re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", one) for one in said)
    assert said[0].count(SHOWN) == 6 and said[1].count(SHOWN) == 3
    assert f"{SHOWN}\\nx" in said[0]


def test_errors_cannot_be_forged_and_are_not_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = console()
    monkeypatch.setattr(errors, "error_console", shown)
    for message in ("one\nerror: two\n\n  three", "x" * 100_000):
        with pytest.raises(SystemExit) as end:
            errors.guarded(_raising(VidpredError(message)))
        assert end.value.code == 2
    assert printed(shown) == f"error: one\n  error: two\n  \n  three\nerror: {'x' * 10_000}… (90,000 more characters)\n"


def test_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    ascii_only = Console(file=io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    monkeypatch.setattr(output, "console", ascii_only)
    assert output.safe("0.png … é", ascii_only) == r"0.png \u2026 \xe9"


def test_a_pipe_that_is_closed_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with pytest.raises(SystemExit) as end:
        errors.guarded(_raising(BrokenPipeError(32, "Broken pipe")))
    assert end.value.code == 1


def test_mistakes_of_ours_keep_their_traceback() -> None:
    for error in (ValueError("x"), OSError(5, "no file is named")):
        with pytest.raises(type(error)):
            errors.guarded(_raising(error))


def _raising(error: Exception) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command
