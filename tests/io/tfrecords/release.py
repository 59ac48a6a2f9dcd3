"""Splits of the original release, opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vidpred.builtin.datasets.bair.dataset import BairRobot


def opened(root: Path, split: Any = "test", **settings: Any) -> Any:
    return BairRobot(BairRobot.Config(root=root, **settings)).split(split)
