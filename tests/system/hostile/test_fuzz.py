"""Bytes that are almost right: nothing but VidpredErrors comes out. A few cases here; 100,000 of each with `make fuzz`."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from tests.system.hostile.fuzzed import READERS
from vidpred import VidpredError

CASES = int(os.environ.get("VIDPRED_FUZZ", "300"))


@pytest.mark.parametrize("reader", READERS)
def test_only_vidpred_errors_come_out(reader: str, tmp_path: Path) -> None:
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
    assert read > CASES // 50 and refused > CASES // 10  # neither all bad nor all good
