"""vidpred report RUN"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.report.page_contents import page_data
from tests.report.run_folders import write_run

REPORT_WITHOUT_TORCH = """
import sys
from vidpred.cli.app import main
sys.argv = ["vidpred", "report", sys.argv[1]]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
assert "torch" not in sys.modules and "matplotlib" not in sys.modules
"""


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("epoch_0001.json", b"{", "delete it"),
        ("epoch_0001.json", b"[]", "does not describe a preview"),
        ("epoch_0001.webp", None, "is missing"),
    ],
)
def test_a_broken_preview_is_named(
    tmp_path: Path, vidpred: Callable[..., Any], file: str, content: bytes | None, message: str
) -> None:
    folder = write_run(tmp_path / "run", epochs=2, every=2)
    (folder / "previews" / file).unlink()
    if content is not None:
        (folder / "previews" / file).write_bytes(content)
    result = vidpred("report", folder)
    assert result.code == 2 and file in result.errors and message in result.errors


def test_the_path_of_the_report_is_printed(
    tmp_path: Path, vidpred: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    folder = write_run(tmp_path / "run", epochs=2, every=2)
    result = vidpred("report", folder)
    path = folder / "report.html"
    assert result.code == 0 and result.output.strip() == str(path) and path.is_file() and not opened
    assert vidpred("report", folder, "--open").code == 0 and opened == [path.resolve().as_uri()]


def test_a_folder_that_is_not_a_run_is_named(tmp_path: Path, vidpred: Callable[..., Any]) -> None:
    write_run(tmp_path / "tiny" / "2026-01-02_10-00-00", epochs=1)
    assert "is not a run folder" in vidpred("report", tmp_path / "missing").errors
    above = vidpred("report", tmp_path / "tiny")
    assert above.code == 2 and "is not a run folder" in above.errors and "2026-01-02_10-00-00" in above.errors


def test_a_report_that_cannot_be_written_is_named(tmp_path: Path, vidpred: Callable[..., Any]) -> None:
    folder = write_run(tmp_path / "run", epochs=1)
    (folder / "report.html").mkdir()
    result = vidpred("report", folder)
    assert result.code == 2 and "report.html" in result.errors and "cannot be" in result.errors


def test_the_command_imports_no_torch(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=2, every=2)
    command = [sys.executable, "-c", REPORT_WITHOUT_TORCH, str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert (folder / "report.html").is_file()


def test_a_run_leaves_its_report(
    tmp_path: Path, vidpred: Callable[..., Any], write_recipe: Callable[..., Path]
) -> None:
    result = vidpred("run", write_recipe(validate={"preview_every": 1}), "--out", tmp_path / "out", "--device", "cpu")
    assert result.code == 0, result.errors
    (folder,) = (tmp_path / "out" / "tiny").iterdir()
    data = page_data(folder / "report.html")
    assert [preview["epoch"] for preview in data["previews"]] == data["metrics"][0]["x"] == [0, 1]
    assert data["state"]["planned"] == 2 and data["frames_epoch"] == 1
    per_frame = data["frames"][0]
    assert per_frame["x"][0] == 2 and len(per_frame["series"][0]["values"]) == 4
