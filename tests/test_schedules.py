"""Annealers and forcing policies: closed forms at every position, and bounds for all settings."""
from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from vidpred import Annealer, Forcing, Progress, VidpredError
from vidpred.builtin.annealers import Cyclical, Monotonic, NoAnnealing
from vidpred.builtin.forcing import Constant, LinearDecay


def at(epoch: int, epochs: int = 300, steps: int = 10, step: int = 0) -> Progress:
    return Progress(epoch, epochs, epoch * steps + step, steps)


def weights(annealer: Annealer, epochs: int = 300) -> list[float]:
    return [annealer.weight(at(epoch, epochs)) for epoch in range(epochs)]


def test_half_of_every_100_epochs_rises_by_002() -> None:
    expected = [0.02 * (e % 100) if e % 100 < 50 else 1.0 for e in range(300)]
    assert weights(Cyclical(Cyclical.Config(period=100, ratio=0.5))) == pytest.approx(expected)


def test_rises_by_001_up_to_100_epochs_then_stays() -> None:
    expected = [min(1.0, 0.01 * e) for e in range(300)]
    assert weights(Monotonic(Monotonic.Config(warmup=100, unit="epoch"))) == pytest.approx(expected)


@pytest.mark.parametrize(("cycles", "ratio", "epochs"), [(4, 0.5, 40), (4, 0.25, 100), (10, 1.0, 100), (3, 0.5, 100), (7, 0.8, 33)])
def test_cycles_and_share_as_fu_et_al_have_them(cycles: int, ratio: float, epochs: int) -> None:
    """Eq. 6-7: tau = mod(t, ceil(T/M)) / (T/M); beta = f(tau / R) while tau < R."""
    expected = []
    for t in range(epochs):
        tau = (t % math.ceil(epochs / cycles)) / (epochs / cycles)
        expected.append(tau / ratio if tau < ratio else 1.0)
    assert weights(Cyclical(Cyclical.Config(cycles=cycles, ratio=ratio)), epochs) == pytest.approx(expected)


def test_one_slow_ramp_over_100_epochs_without_a_plateau() -> None:
    made = weights(Cyclical(Cyclical.Config(period=100, ratio=1.0)))
    assert made == pytest.approx([(e % 100) / 100 for e in range(300)])


def test_beta_zero_throughout() -> None:
    assert weights(NoAnnealing(NoAnnealing.Config(value=0))) == [0.0] * 300
    assert weights(NoAnnealing(NoAnnealing.Config())) == [1.0] * 300


def test_accumulating_grows_by_more_each_epoch() -> None:
    made = weights(Monotonic(Monotonic.Config(shape="accumulating", increment=0.001)))
    beta, expected = 0.0, []
    for epoch in range(300):
        beta += 0.001 * epoch
        expected.append(min(1.0, beta))
    assert made == pytest.approx(expected)


def test_a_warmup_in_shares_of_the_run_rises_step_by_step() -> None:
    annealer = Monotonic(Monotonic.Config(warmup=0.5))
    assert annealer.weight(at(2, 10, steps=10, step=5)) == pytest.approx(0.5)
    assert annealer.weight(at(5, 10)) == 1.0


@pytest.mark.parametrize("shape", ["linear", "cosine", "sigmoid"])
def test_every_shape_begins_at_start_and_ends_at_stop(shape: Any) -> None:
    annealer = Cyclical(Cyclical.Config(cycles=1, ratio=0.5, start=0.1, stop=0.9, shape=shape))
    made = weights(annealer, 1000)
    assert made[0] == pytest.approx(0.1) and made[250] == pytest.approx(0.5) and made[500] == pytest.approx(0.9)
    assert made == sorted(made)


def test_steps_can_be_counted_instead_of_epochs() -> None:
    annealer = Cyclical(Cyclical.Config(cycles=2, ratio=1.0, unit="step"))
    assert [annealer.weight(at(0, 2, steps=10, step=step)) for step in range(10)] == pytest.approx([s / 10 for s in range(10)])
    assert annealer.weight(at(1, 2, steps=10)) == 0.0


def test_cycles_that_do_not_fit_are_refused() -> None:
    with pytest.raises(VidpredError, match="5 cycles do not fit into 4 epochs"):
        Cyclical(Cyclical.Config(cycles=5)).weight(at(0, 4))


def test_settings_that_contradict_each_other_are_refused() -> None:
    for cls, settings in ((Cyclical, {"cycles": 2, "period": 3}), (Monotonic, {"warmup": 3}), (Monotonic, {"unit": "epoch"}),
                          (Monotonic, {"increment": 0.1}), (Monotonic, {"shape": "accumulating", "warmup": 0.5})):
        with pytest.raises(ValidationError):
            cls.Config(**settings)


positions = st.integers(1, 400).flatmap(lambda epochs: st.tuples(st.integers(0, epochs - 1), st.just(epochs)))
shares = st.floats(0, 1, allow_nan=False)
positive_shares = st.floats(0.01, 1)


@given(positions, st.integers(1, 400), positive_shares, shares, shares, st.sampled_from(["linear", "cosine", "sigmoid"]))
def test_a_cyclical_weight_stays_between_start_and_stop(
        place: tuple[int, int], period: int, ratio: float, start: float, stop: float, shape: Any) -> None:
    config = Cyclical.Config(period=period, ratio=ratio, start=start, stop=stop, shape=shape)
    weight = Cyclical(config).weight(at(*place))
    assert min(start, stop) - 1e-12 <= weight <= max(start, stop) + 1e-12
    if place[0] % period == 0:
        assert weight == start


@given(positions, positive_shares, st.floats(0.01, 500))
def test_a_monotonic_weight_stays_in_bounds(place: tuple[int, int], share: float, epochs: float) -> None:
    for config in (Monotonic.Config(warmup=share), Monotonic.Config(warmup=epochs, unit="epoch"), Monotonic.Config(shape="accumulating")):
        assert 0 <= Monotonic(config).weight(at(*place)) <= 1


@given(positions, shares, st.integers(0, 400), shares, shares, st.sampled_from(["hold", "zero"]))
def test_a_decaying_ratio_stays_in_bounds_and_never_rises(
        place: tuple[int, int], start: float, from_epoch: int, step: float, floor: float, below: Any) -> None:
    policy = LinearDecay(LinearDecay.Config(start=start, from_epoch=from_epoch, step=step, floor=floor, below_floor=below))
    epoch, epochs = place
    assert 0 <= policy.ratio(at(epoch, epochs)) <= max(start, floor)
    if floor <= start:
        assert policy.ratio(at(epoch + 1, epochs + 1)) <= policy.ratio(at(epoch, epochs + 1))


def test_the_published_decay() -> None:
    """1.0 up to epoch 30, then less by 0.004 each epoch, down to 0.001 (epoch 280)."""
    policy = LinearDecay(LinearDecay.Config(start=1.0, from_epoch=30, step=0.004, floor=0.001))
    made = [policy.ratio(at(epoch)) for epoch in (0, 30, 31, 155, 279, 280, 299)]
    assert made == pytest.approx([1.0, 1.0, 0.996, 0.5, 0.004, 0.001, 0.001])


def test_below_the_floor_forcing_can_stop() -> None:
    policy = LinearDecay(LinearDecay.Config(start=1.0, step=0.4, floor=0.3, below_floor="zero"))
    assert [policy.ratio(at(epoch)) for epoch in range(4)] == pytest.approx([1.0, 0.6, 0.0, 0.0])


def test_policies_never_reset_unless_they_say_so() -> None:
    policies: list[Forcing] = [Constant(Constant.Config(ratio=0.25)), LinearDecay(LinearDecay.Config())]
    assert policies[0].ratio(at(7)) == 0.25
    assert [policy.resets(at(7)) for policy in policies] == [0, 0]
