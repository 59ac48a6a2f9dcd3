"""Whatever is printed is safe for any terminal: with colours, in tables, and on consoles that know ASCII only."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from vidpred.cli import console, errors
from vidpred.errors import VidpredError

EVIL = "\x1b[2J\x1b]0;x\x07\x9b1m\r\b\u202e\u2066\u2028\udcff[bold red]:bomb:"
ESCAPED = r"\x1b[2J\x1b]0;x\x07\x9b1m\r\x08\u202e\u2066\u2028\udcff[bold red]:bomb:"
STYLES = r"\x1b\[[0-9;]*m"  # that rich writes itself


def new_console(**options: object) -> Console:
    file = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    return Console(file=file, markup=False, highlight=False, emoji=False, **options)  # type: ignore[arg-type]


def printed(console: Console) -> str:
    console.file.flush()
    return console.file.buffer.getvalue().decode()  # type: ignore[attr-defined]


def fail_with(error: Exception) -> None:
    def command() -> None:
        raise error

    errors.exit_on_error(command)


@pytest.mark.parametrize("terminal", [True, False])
def test_control_sequences_are_escaped_by_every_function_that_prints(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, err = (new_console(force_terminal=terminal, width=300) for _ in range(2))
    monkeypatch.setattr(console, "stdout", out)
    monkeypatch.setattr(console, "stderr", err)
    console.print_text(EVIL)
    console.print_wrapped(EVIL, indent=2)
    console.print_table(EVIL, [EVIL, "b"], [[EVIL + "\nx", EVIL]])
    console.print_json({EVIL: EVIL})
    console.print_warning(EVIL)
    with pytest.raises(SystemExit):
        fail_with(VidpredError(EVIL))
    with pytest.raises(SystemExit):
        fail_with(PermissionError(13, "Permission denied", EVIL))
    texts = [re.sub(STYLES, "", printed(stream)) if terminal else printed(stream) for stream in (out, err)]
    for text in texts:
        assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", text)
    assert texts[0].count(ESCAPED) == 6 and texts[1].count(ESCAPED) == 3
    assert f"{ESCAPED}\\nx" in texts[0]


def test_consoles_that_support_only_ascii() -> None:
    ascii_only = Console(file=io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert console.sanitize("0.png … é", ascii_only) == r"0.png \u2026 \xe9"


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (None, ["Runs", "run       best", "a/longer  one two three four five six seven", "b         x"]),
        (40, ["Runs", "run       best", "a/longer  one two three four five six", "          seven", "b         x"]),
        (30, ["Runs", "a/longer", "    one two three four five", "    six seven", "b", "    x"]),
    ],
)
def test_the_last_column_of_a_table_is_wrapped_or_stands_below(
    width: int | None, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"force_terminal": True, "width": width, "color_system": None} if width else {"force_terminal": False}
    out = new_console(**options)
    monkeypatch.setattr(console, "stdout", out)
    console.print_table("Runs", ["run", "best"], [["a/longer", "one two three four five six seven"], ["b", "x"]])
    assert re.sub(STYLES, "", printed(out)).splitlines() == lines
