"""Which settings count as different, and how they are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.comparison.written_runs import only_table, row_cells, write_run
from vidpred.comparison.recipe_diff import format_value


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"name": "other"},
        {"data": {"root": "elsewhere"}},
        {"save": {"every": 1}},
        {"train": {"workers": 3}},
        {"validate": {"preview_every": 1}},
        {"observers": [{"name": "x"}]},
        {"requires": ["vidpred-x"]},
        {"sample": {"seed": 3}},
    ],
)
def test_fields_that_cannot_change_a_value_are_ignored(tmp_path: Path, change: dict[str, Any]) -> None:
    write_run(tmp_path / "a", [20.0])
    write_run(tmp_path / "b", [21.0], **({"seed": 2} | change))
    rows = row_cells(only_table(tmp_path))
    assert [row["PSNR dB best"] for row in rows] == ["20.50 ± 0.71"]
    assert list(rows[0]) == ["run", "PSNR dB best", "PSNR dB last", "SSIM best", "seeds", "time"]


def test_settings_are_compared_among_runs_with_the_same_component(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [20.0], model={"encoder": {"name": "resnet", "slope": 0.1, "depth": 3}})
    write_run(tmp_path / "b", [21.0])
    write_run(tmp_path / "c", [22.0], model={"encoder": {"dim": 9}})
    write_run(tmp_path / "d", [23.0], model={"encoder": {"name": "resnet", "slope": 0.2, "depth": 3}})
    assert "model.encoder.dim" not in row_cells(only_table(tmp_path))[0], "the column model.encoder says it"
    rows = {row["run"]: (row["model.encoder"], row["model.encoder.slope"]) for row in row_cells(only_table(tmp_path))}
    assert rows == {
        "a": ("resnet", "0.1"),
        "b": ("vgg64, dim 8", "-"),
        "c": ("vgg64, dim 9", "-"),
        "d": ("resnet", "0.2"),
    }


def test_a_setting_without_a_name_is_formatted_by_its_parts() -> None:
    assert (
        format_value({"cycles": 4, "ratio": None}) == "cycles 4"
        and format_value({"name": "none", "value": 1.0}) == "none, value 1"
    )
