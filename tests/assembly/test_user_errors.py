"""Which errors users can fix: those of vidpred, of plugins' code and of files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.plugin_files import write_forcing_plugin
from vidpred.assembly.user_errors import user_message
from vidpred.errors import VidpredError


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (VidpredError("a.yaml: is empty"), "a.yaml: is empty"),
        (PermissionError(13, "Permission denied", "a.csv"), "a.csv: Permission denied; fix it, or use another file"),
        (OSError(5, "no file is named"), None),
        (ValueError("x"), None),
    ],
)
def test_errors_that_users_can_fix_have_a_message(error: Exception, message: str | None) -> None:
    result = user_message(error)
    assert result is None if message is None else result is not None and result.startswith(message)


def test_an_error_in_a_plugins_code_names_its_file_and_line(
    tmp_path: Path, vidpred: Callable[..., Any], write_recipe: Callable[..., Path]
) -> None:
    ratio = "at.history[-1]['validate']['psnr'] / 100 if at.history else 1 / 2"
    plugin = write_forcing_plugin(tmp_path, ratio=ratio)
    options = ("--set", "validate.every=2", "--set", "train.epochs=3", "--out", tmp_path / "out")
    failed = vidpred("run", write_recipe(forcing="mine"), "--plugin", plugin, *options)
    assert failed.code == 2 and f"{plugin}, line 9: TypeError: " in failed.errors
