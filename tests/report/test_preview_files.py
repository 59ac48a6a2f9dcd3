"""Reading stored previews: a broken one is named, with what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.report.run_folders import write_run
from vidpred.errors import DataError
from vidpred.report.preview_files import read_previews
from vidpred.runs.layout import RunFolder


def test_previews_are_read_oldest_first(tmp_path: Path) -> None:
    run = RunFolder(write_run(tmp_path / "run", epochs=6, every=2))
    previews = read_previews(run)
    assert [preview.epoch for preview in previews] == [1, 3, 5]
    assert previews[0].sheet == run.preview_paths(1).sheet


@pytest.mark.parametrize("changes", [{"frames": 99999}, {"clips": -1}], ids=["frames", "clips"])
def test_a_sheet_that_does_not_match_its_description_is_named(tmp_path: Path, changes: dict[str, Any]) -> None:
    run = RunFolder(write_run(tmp_path / "run", epochs=2, every=2))
    path = run.preview_paths(1).description
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(DataError, match=r"epoch_0001\.webp: .* delete"):
        read_previews(run)


def test_a_truncated_sheet_is_named(tmp_path: Path) -> None:
    run = RunFolder(write_run(tmp_path / "run", epochs=2, every=2))
    sheet = run.preview_paths(1).sheet
    sheet.write_bytes(sheet.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"epoch_0001\.webp: cannot be read: .* delete"):
        read_previews(run)
