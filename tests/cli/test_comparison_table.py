"""The tables of `vidpred compare` in terminals and pipes."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from rich.console import Console

from tests.comparison.written_runs import Vidpred, write_ablation, write_run
from tests.conftest import Outcome


@pytest.fixture
def ablation(tmp_path: Path) -> Path:
    return write_ablation(tmp_path / "ablation")


def run_in_terminal(monkeypatch: pytest.MonkeyPatch, width: int, command: Callable[[], Outcome]) -> str:
    """Return what a command prints in a terminal of this width, without colours."""
    stream = TextIOWrapper(BytesIO(), encoding="utf-8", write_through=True)
    console = Console(
        file=stream, width=width, force_terminal=True, color_system=None, markup=False, highlight=False, emoji=False
    )
    monkeypatch.setattr("vidpred.cli.console.stdout", console)
    assert command().code == 0
    stream.seek(0)
    return stream.read()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_table_fits_the_terminal(
    ablation: Path, vidpred: Vidpred, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    text = run_in_terminal(monkeypatch, width, lambda: vidpred("compare", ablation))
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    headings = [line for line in text.splitlines() if line.startswith("run ")]
    assert [("annealing" in line) for line in headings] == [width >= 120] * 2
    for cell in ("23.20 ± 0.10", "none_on", "linear_decay", "0.938 ± 0.004"):
        assert cell in text


def test_nothing_is_wrapped_in_pipes(ablation: Path, vidpred: Vidpred) -> None:
    lines = vidpred("compare", ablation).output.splitlines()
    row = next(line for line in lines if line.startswith("none_on"))
    assert re.split(r"\s{2,}", row) == [
        "none_on",
        "23.20 ± 0.10",
        "22.00 ± 0.00",
        "0.938 ± 0.004",
        "none, value 1",
        "linear_decay",
        "3",
        "0:00:30",
    ]
    assert all(line == line.rstrip() for line in lines)


def test_names_cannot_send_control_sequences(tmp_path: Path, vidpred: Vidpred, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, lr in (("x\x1b[31mred", 0.1), ("[bold]y", 0.2)):
        write_run(tmp_path / name, [20.0], optimizer={"lr": lr}, annealer={"name": "n\x1b[2Jx", "cycles": int(10 * lr)})
    for text in (
        vidpred("compare", tmp_path).output,
        run_in_terminal(monkeypatch, 120, lambda: vidpred("compare", tmp_path)),
    ):
        assert "\x1b" not in text and r"x\x1b[31mred" in text and "[bold]y" in text
