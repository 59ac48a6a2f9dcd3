"""vidpred show RECIPE --schedules FILE"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

STEPS_FROM_DATA = ("--set", "train.steps_per_epoch=null")


def test_the_schedules_are_drawn(
    vidpred: Callable[..., Any], write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    file = tmp_path / "schedules.png"
    result = vidpred("show", write_recipe(), "--schedules", file)
    assert result.code == 0 and "assuming" not in result.output and str(file) in result.output, result.errors
    with Image.open(file) as image:
        assert image.format == "PNG" and image.width >= 900


def test_steps_are_counted_in_the_data_or_assumed(
    vidpred: Callable[..., Any], write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    recipe, file = write_recipe(), tmp_path / "a.svg"
    counted = vidpred("show", recipe, *STEPS_FROM_DATA, "--schedules", file)
    assert counted.code == 0 and "assuming" not in counted.output
    missing = ("--set", f"data.root={tmp_path / 'missing'}")
    assumed = vidpred("show", recipe, *STEPS_FROM_DATA, *missing, "--schedules", file)
    assert assumed.code == 0 and "assuming 100 steps" in assumed.output and "missing" in assumed.output


@pytest.mark.parametrize(
    ("name", "message"),
    [("a.txt", ".png"), ("a", ".png"), ("folder.png", "directory"), ("file.txt/a.png", "cannot be written")],
)
def test_a_plot_that_cannot_be_written_is_named(
    vidpred: Callable[..., Any], write_recipe: Callable[..., Path], tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file.txt").touch()
    result = vidpred("show", write_recipe(), "--schedules", tmp_path / name)
    assert result.code == 2 and message in result.errors and name in result.errors


@pytest.mark.parametrize("samples", [0, 17])
def test_preview_samples_has_bounds(
    vidpred: Callable[..., Any], write_recipe: Callable[..., Path], samples: int
) -> None:
    assert vidpred("check", write_recipe(), "--set", f"validate.preview_samples={samples}").code == 2
