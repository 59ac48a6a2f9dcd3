"""Fixtures of the tests of data."""

from __future__ import annotations

from tests.trained_runs import small_demo_data as small_demo_data
