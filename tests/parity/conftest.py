"""The results of one training step by the script and by the engine, for the files that introduce mistakes."""

from __future__ import annotations

import pytest

from tests.parity.comparing import Trained


@pytest.fixture(scope="module")
def script(request: pytest.FixtureRequest) -> Trained:
    """Train on the file's `CASE` by its `by_script`."""
    step: Trained = request.module.by_script(request.module.CASE)
    return step


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest) -> Trained:
    """Train on the file's `CASE` by its `by_engine`."""
    step: Trained = request.module.by_engine(request.module.CASE)
    return step
