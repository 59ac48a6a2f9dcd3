"""Batches of one window, from which BatchNorm cannot learn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.tiny_pose import settings


def test_a_last_batch_of_one_window_is_refused(
    write_recipe: Callable[..., Path], vidpred: Callable[..., Any], tmp_path: Path
) -> None:
    """5 clips have 2 windows of 6 of 9 frames each at a stride of 3: of 10, batches of 3 leave one."""
    outcome = vidpred(
        "run",
        write_recipe(),
        *settings("train.steps_per_epoch=null", "train.stride=3", "train.batch_size=3"),
        "--out",
        tmp_path / "out",
    )
    assert outcome.code == 2 and "10 training windows in batches of 3 leave a last batch of one" in outcome.errors, (
        outcome
    )
