"""Damaged input raises nothing but VidpredError. A few cases of each reader; 100,000 with `make fuzz`."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from tests.system.hostile.fuzzed import READERS
from vidpred import VidpredError

CASES = int(os.environ.get("VIDPRED_FUZZ", "300"))


@pytest.mark.parametrize("reader", READERS)
def test_only_vidpred_errors_are_raised(reader: str, tmp_path: Path) -> None:
    read, refused = 0, 0
    for case in range(CASES):
        try:
            READERS[reader](Random(f"{reader} {case}"), tmp_path)
            read += 1
        except VidpredError as error:
            assert str(error) and "<_io" not in str(error) and "0x7f" not in str(error), f"{reader} {case}: {error}"
            refused += 1
        except Exception as error:
            raise AssertionError(f"{reader} {case}: {type(error).__name__}: {error}") from error
    print(f"{reader}: {CASES} cases, {read} read, {refused} refused")
    assert read > CASES // 50 and refused > CASES // 10  # neither all rejected nor all read
