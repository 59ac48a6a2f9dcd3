"""What one training step leaves by either way of computing, for the files that let one of them be wrong."""

from __future__ import annotations

import pytest

from tests.parity.comparing import Trained


@pytest.fixture(scope="module")
def script(request: pytest.FixtureRequest) -> Trained:
    """Of the file's `CASE`, by its `by_script`."""
    made: Trained = request.module.by_script(request.module.CASE)
    return made


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest) -> Trained:
    """Of the file's `CASE`, by its `by_engine`."""
    made: Trained = request.module.by_engine(request.module.CASE)
    return made
