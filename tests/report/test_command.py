"""vidpred report RUN"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.report.page_contents import data_of
from tests.report.run_folders import write_run


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("epoch_0001.json", b"{", "delete it"),
        ("epoch_0001.json", b"[]", "does not describe a preview"),
        ("epoch_0001.webp", None, "is missing"),
    ],
)
def test_a_broken_preview_is_named(
    tmp_path: Path, vidpred: Callable[..., Any], file: str, content: bytes | None, said: str
) -> None:
    folder = write_run(tmp_path / "run", epochs=2, every=2)
    (folder / "previews" / file).unlink()
    if content is not None:
        (folder / "previews" / file).write_bytes(content)
    done = vidpred("report", folder)
    assert done.code == 2 and file in done.errors and said in done.errors


def test_the_command_prints_where_the_report_is(
    tmp_path: Path, vidpred: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, opened = write_run(tmp_path / "run", epochs=2, every=2), []
    monkeypatch.setattr("webbrowser.open", opened.append)
    done = vidpred("report", folder)
    assert (
        done.code == 0
        and done.output.strip() == str(folder / "report.html")
        and (folder / "report.html").is_file()
        and not opened
    )
    assert vidpred("report", folder, "--open").code == 0 and opened == [(folder / "report.html").resolve().as_uri()]


def test_what_is_no_run_folder_is_said(tmp_path: Path, vidpred: Callable[..., Any]) -> None:
    write_run(tmp_path / "tiny" / "2026-01-02_10-00-00", epochs=1)
    assert "is not a run folder: there is no such folder" in vidpred("report", tmp_path / "gone").errors
    above = vidpred("report", tmp_path / "tiny")
    assert above.code == 2 and "is not a run folder" in above.errors and "2026-01-02_10-00-00" in above.errors
    (tmp_path / "tiny" / "2026-01-02_10-00-00" / "report.html").mkdir()
    refused = vidpred("report", tmp_path / "tiny" / "2026-01-02_10-00-00")
    assert refused.code == 2 and "report.html" in refused.errors and "cannot be" in refused.errors


def test_the_command_loads_no_torch(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=2, every=2)
    code = f"""
import sys
sys.argv = ["vidpred", "report", {str(folder)!r}]
from vidpred.cli.app import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
assert "torch" not in sys.modules and "matplotlib" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (folder / "report.html").is_file()


def test_a_run_leaves_its_report(
    tmp_path: Path, vidpred: Callable[..., Any], write_recipe: Callable[..., Path]
) -> None:
    done = vidpred("run", write_recipe(validate={"preview_every": 1}), "--out", tmp_path / "out", "--device", "cpu")
    assert done.code == 0, done.errors
    (folder,) = (tmp_path / "out" / "tiny").iterdir()
    found = data_of(folder / "report.html")
    assert [one["epoch"] for one in found["previews"]] == found["metrics"][0]["x"] == [0, 1] and found["state"][
        "planned"
    ] == 2
    assert (
        found["frames_epoch"] == 1
        and found["frames"][0]["x"][0] == 2
        and len(found["frames"][0]["series"][0]["values"]) == 4
    )
