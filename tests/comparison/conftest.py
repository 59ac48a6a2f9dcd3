"""Fixtures of the tests of comparisons."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.comparison.written_runs import write_ablation


@pytest.fixture
def ablation(tmp_path: Path) -> Path:
    return write_ablation(tmp_path / "ablation")
