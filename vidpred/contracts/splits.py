"""The splits of a data set. Imports no torch."""

from __future__ import annotations

from typing import Literal, get_args

SplitName = Literal["train", "validate", "test"]
SPLITS: tuple[SplitName, ...] = get_args(SplitName)
