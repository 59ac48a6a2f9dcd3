"""The teacher-forcing mask: one draw for an epoch, a step or a frame."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from vidpred import Progress
from vidpred.contracts.schedules import Granularity
from vidpred.engine.randomness import uniform
from vidpred.engine.teacher_forcing import teacher_forcing_mask

EVERYTHING = frozenset(range(3, 12))  # of 12 frames, 2 given


def draw(*key: int) -> float:
    return uniform(1, *key)


def mask(granularity: Granularity, epoch: int = 0, step: int = 0, ratio: float = 0.5) -> frozenset[int]:
    return teacher_forcing_mask(ratio, granularity, draw, 12, 2, Progress(epoch, 100, step, 100))


def test_one_draw_serves_an_epoch() -> None:
    by_epoch = [{mask("epoch", epoch, step) for step in range(20)} for epoch in range(20)]
    assert all(len(masks) == 1 for masks in by_epoch)
    assert set.union(*by_epoch) == {EVERYTHING, frozenset()}


def test_one_draw_serves_an_optimizer_step() -> None:
    assert {mask("batch", step=step) for step in range(20)} == {EVERYTHING, frozenset()}


def test_every_frame_has_its_own_draw() -> None:
    masks = [mask("frame", step=step) for step in range(200)]
    assert 0.45 < sum(map(len, masks)) / (200 * len(EVERYTHING)) < 0.55
    assert all(forced <= EVERYTHING for forced in masks)


@pytest.mark.parametrize("granularity", ["epoch", "batch", "frame"])
@given(epoch=st.integers(0, 9), step=st.integers(0, 99))
def test_a_ratio_of_one_forces_everything_and_zero_nothing(granularity: Granularity, epoch: int, step: int) -> None:
    assert mask(granularity, epoch, step, ratio=1.0) == EVERYTHING
    assert not mask(granularity, epoch, step, ratio=0.0)
