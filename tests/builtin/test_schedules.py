"""Annealers and forcing policies: closed forms at every position, and bounds for all settings and histories."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from vidpred import Annealer, Forcing, Progress, VidpredError
from vidpred.builtin.annealers import Cyclical, Monotonic, NoAnnealing
from vidpred.builtin.forcing import ConstantRatio, ConvergenceReset, LinearDecay


def at(epoch: int, epochs: int = 300, steps: int = 10, step: int = 0, history: Sequence[Any] = ()) -> Progress:
    return Progress(epoch, epochs, epoch * steps + step, steps, history)


def weights(annealer: Annealer, epochs: int = 300) -> list[float]:
    return [annealer.weight(at(epoch, epochs)) for epoch in range(epochs)]


def test_half_of_every_100_epochs_rises_by_002() -> None:
    expected = [0.02 * (e % 100) if e % 100 < 50 else 1.0 for e in range(300)]
    assert weights(Cyclical(Cyclical.Config(period=100, ratio=0.5))) == pytest.approx(expected)


def test_rises_by_001_up_to_100_epochs_then_stays() -> None:
    expected = [min(1.0, 0.01 * e) for e in range(300)]
    assert weights(Monotonic(Monotonic.Config(warmup=100, unit="epoch"))) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("cycles", "ratio", "epochs"), [(4, 0.5, 40), (4, 0.25, 100), (10, 1.0, 100), (3, 0.5, 100), (7, 0.8, 33)]
)
def test_cycles_and_share_of_fu_et_al(cycles: int, ratio: float, epochs: int) -> None:
    """Eq. 6-7: tau = mod(t, ceil(T/M)) / (T/M); beta = f(tau / R) while tau < R."""
    expected = []
    for t in range(epochs):
        tau = (t % math.ceil(epochs / cycles)) / (epochs / cycles)
        expected.append(tau / ratio if tau < ratio else 1.0)
    assert weights(Cyclical(Cyclical.Config(cycles=cycles, ratio=ratio)), epochs) == pytest.approx(expected)


def test_one_slow_ramp_over_100_epochs_without_a_plateau() -> None:
    values = weights(Cyclical(Cyclical.Config(period=100, ratio=1.0)))
    assert values == pytest.approx([(e % 100) / 100 for e in range(300)])


def test_beta_can_be_zero_throughout() -> None:
    assert weights(NoAnnealing(NoAnnealing.Config(value=0))) == [0.0] * 300
    assert weights(NoAnnealing(NoAnnealing.Config())) == [1.0] * 300


def test_accumulating_grows_by_more_each_epoch() -> None:
    values = weights(Monotonic(Monotonic.Config(shape="accumulating", increment=0.001)))
    beta, expected = 0.0, []
    for epoch in range(300):
        beta += 0.001 * epoch
        expected.append(min(1.0, beta))
    assert values == pytest.approx(expected)


def test_a_warmup_in_shares_of_the_run_rises_step_by_step() -> None:
    annealer = Monotonic(Monotonic.Config(warmup=0.5))
    assert annealer.weight(at(2, 10, steps=10, step=5)) == pytest.approx(0.5)
    assert annealer.weight(at(5, 10)) == 1.0


@pytest.mark.parametrize("shape", ["linear", "cosine", "sigmoid"])
def test_every_shape_begins_at_start_and_ends_at_stop(shape: Any) -> None:
    annealer = Cyclical(Cyclical.Config(cycles=1, ratio=0.5, start=0.1, stop=0.9, shape=shape))
    values = weights(annealer, 1000)
    assert values[0] == pytest.approx(0.1) and values[250] == pytest.approx(0.5) and values[500] == pytest.approx(0.9)
    assert values == sorted(values)


def test_steps_can_be_counted_instead_of_epochs() -> None:
    annealer = Cyclical(Cyclical.Config(cycles=2, ratio=1.0, unit="step"))
    assert [annealer.weight(at(0, 2, steps=10, step=step)) for step in range(10)] == pytest.approx(
        [s / 10 for s in range(10)]
    )
    assert annealer.weight(at(1, 2, steps=10)) == 0.0


def test_cycles_that_do_not_fit_are_refused() -> None:
    with pytest.raises(VidpredError, match="5 cycles do not fit into 4 epochs"):
        Cyclical(Cyclical.Config(cycles=5)).weight(at(0, 4))


def test_settings_that_contradict_each_other_are_refused() -> None:
    for cls, settings in (
        (Cyclical, {"cycles": 2, "period": 3}),
        (Monotonic, {"warmup": 3}),
        (Monotonic, {"unit": "epoch"}),
        (Monotonic, {"increment": 0.1}),
        (Monotonic, {"shape": "accumulating", "warmup": 0.5}),
    ):
        with pytest.raises(ValidationError):
            cls.Config(**settings)


positions = st.integers(1, 400).flatmap(lambda epochs: st.tuples(st.integers(0, epochs - 1), st.just(epochs)))
shares = st.floats(0, 1, allow_nan=False)
positive_shares = st.floats(0.01, 1)


@given(
    positions, st.integers(1, 400), positive_shares, shares, shares, st.sampled_from(["linear", "cosine", "sigmoid"])
)
def test_a_cyclical_weight_stays_between_start_and_stop(
    position: tuple[int, int], period: int, ratio: float, start: float, stop: float, shape: Any
) -> None:
    config = Cyclical.Config(period=period, ratio=ratio, start=start, stop=stop, shape=shape)
    weight = Cyclical(config).weight(at(*position))
    assert min(start, stop) - 1e-12 <= weight <= max(start, stop) + 1e-12
    if position[0] % period == 0:
        assert weight == start


@given(positions, shares, st.integers(0, 400), shares, shares, st.sampled_from(["hold", "zero"]))
def test_a_decaying_ratio_stays_in_bounds_and_never_rises(
    position: tuple[int, int], start: float, from_epoch: int, step: float, floor: float, below: Any
) -> None:
    policy = LinearDecay(
        LinearDecay.Config(start=start, from_epoch=from_epoch, step=step, floor=floor, below_floor=below)
    )
    epoch, epochs = position
    assert 0 <= policy.ratio(at(epoch, epochs)) <= max(start, floor)
    if floor <= start:
        assert policy.ratio(at(epoch + 1, epochs + 1)) <= policy.ratio(at(epoch, epochs + 1))


def test_the_published_decay() -> None:
    """1.0 up to epoch 30, then less by 0.004 each epoch, down to 0.001 (epoch 280)."""
    policy = LinearDecay(LinearDecay.Config(start=1.0, from_epoch=30, step=0.004, floor=0.001))
    values = [policy.ratio(at(epoch)) for epoch in (0, 30, 31, 155, 279, 280, 299)]
    assert values == pytest.approx([1.0, 1.0, 0.996, 0.5, 0.004, 0.001, 0.001])


def test_below_the_floor_forcing_can_stop() -> None:
    policy = LinearDecay(LinearDecay.Config(start=1.0, step=0.4, floor=0.3, below_floor="zero"))
    assert [policy.ratio(at(epoch)) for epoch in range(4)] == pytest.approx([1.0, 0.6, 0.0, 0.0])


def test_policies_do_not_reset_by_default() -> None:
    policies: list[Forcing] = [ConstantRatio(ConstantRatio.Config(ratio=0.25)), LinearDecay(LinearDecay.Config())]
    assert policies[0].ratio(at(7)) == 0.25
    assert [policy.resets(at(7)) for policy in policies] == [0, 0]


# Convergence resets. A history is given by its PSNR ("-": not validated) and one loss.
def history_of(*psnr: Any, loss: float | None = 0.01) -> list[dict[str, Any]]:
    return [
        {"epoch": e, "validate": None if value == "-" else {"loss": loss, "psnr": value}}
        for e, value in enumerate(psnr)
    ]


def resetting(**settings: Any) -> ConvergenceReset:
    return ConvergenceReset(
        ConvergenceReset.Config(
            **{"patience": 3, "step": 0.1, "loss_threshold": 0.001, "psnr_threshold": 0.5, **settings}
        )
    )


def reset_epochs(policy: ConvergenceReset, history: Sequence[Any]) -> list[int]:
    counts = [policy.resets(at(epoch, history=history)) for epoch in range(len(history) + 1)]
    return [epoch for epoch in range(1, len(counts)) if counts[epoch] > counts[epoch - 1]]


def test_the_schedule_restarts_in_the_epoch_after_convergence() -> None:
    policy, history = resetting(start=0.9, floor=0.65), history_of(10, 15, 20, 20.5, 20.2, 20.1, 20, 25, 25, 25)
    assert reset_epochs(policy, history) == [5, 10]
    values = [policy.ratio(at(epoch, history=history)) for epoch in range(13)]
    assert values == pytest.approx([0.9, 0.8, 0.7, 0.65, 0.65, 1, 0.9, 0.8, 0.7, 0.65, 1, 0.9, 0.8])


@pytest.mark.parametrize(
    ("settings", "psnr", "resets"),
    [
        ({}, [20] * 9, [3, 6, 9]),  # records before a reset count no more
        ({}, [20] * 2, []),
        ({"patience": 9}, [20] * 8, []),
        ({"patience": 9}, [20] * 9, [9]),
        ({}, [20, 20.3, 20.6, 20.9, 20.8], [5]),  # maximum minus minimum, not the last change
        ({"from_epoch": 4}, [20] * 9, [7]),
        ({"step": 0}, [20] * 9, []),  # only what raises the ratio is a reset
        ({"step": 0, "start": 0.5, "reset_to": 0.6}, [20] * 9, [3]),
        ({"step": 0.01, "reset_to": 0.95}, [20] * 9, [6, 9]),
        ({"max_resets": 2}, [20] * 20, [3, 6]),
        ({"cooldown": 3}, [20] * 12, [3, 7, 11]),
        ({"cooldown": 2}, [20] * 9, [3, 6, 9]),
        ({}, ["-", 20, "-", 20, "-", 20, "-"], [6]),
        ({"cooldown": 6}, ["-", 20] * 9, [6, 14]),  # cooldown counts epochs
        ({}, [20, 20, None, 20, 20, 20], [6]),
        ({}, [20, math.nan, 20, 20, math.inf, 20, 20], []),
        ({}, [None] * 9, []),
        ({"psnr_threshold": None}, [1, 9, None, 5], [3]),
        ({"loss_threshold": None}, [20] * 3, [3]),
        ({"psnr_threshold": 0}, [20, 20, 20], [3]),
    ],
)
def test_resets_follow_convergence(settings: Any, psnr: Any, resets: list[int]) -> None:
    assert reset_epochs(resetting(**settings), history_of(*psnr)) == resets


def test_both_metrics_must_have_converged() -> None:
    history = [{"validate": {"loss": loss, "psnr": 20}} for loss in (0.01, 0.02, 0.01, 0.01, 0.0105)]
    assert (reset_epochs(resetting(), history), reset_epochs(resetting(loss_threshold=None), history)) == ([5], [3])
    assert reset_epochs(resetting(), history_of(*[20] * 9, loss=None)) == []


def test_metrics_that_a_policy_watches_must_be_measured(vidpred: Any, write_recipe: Any) -> None:
    assert resetting().watches() == ("loss", "psnr") and resetting(psnr_threshold=None).watches() == ("loss",)
    refused = vidpred(
        "check", write_recipe(forcing="convergence_reset", validate={"metrics": ["ssim"]}, save={"best": ["loss"]})
    )
    assert refused.code == 2 and "forcing: convergence_reset: 'psnr' is not measured" in refused.errors
    assert "validate.metrics chooses what is" in refused.errors
    loss_alone = {"name": "convergence_reset", "psnr_threshold": None}
    assert (
        vidpred("check", write_recipe(forcing=loss_alone, validate={"metrics": ["ssim"]}, save={"best": ["loss"]})).code
        == 0
    )


def test_resets_that_can_never_happen_are_refused() -> None:
    for settings in (
        {"loss_threshold": None, "psnr_threshold": None},
        {"patience": 1},
        {"reset_to": 0.2, "floor": 0.2},
        {"cooldown": -1},
        {"max_resets": 0},
        {"reset_to": 1.1},
        {"psnr_threshold": -1},
        {"below_floor": "zero"},
    ):
        with pytest.raises(ValidationError):
            resetting(**settings)


# Every schedule, over random settings and lengths.
shapes = st.sampled_from(["linear", "cosine", "sigmoid"])
anneals = st.one_of(
    st.builds(
        lambda **to: Cyclical(Cyclical.Config(**to)),
        ratio=positive_shares,
        start=shares,
        stop=shares,
        shape=shapes,
        period=st.integers(1, 90),
        unit=st.sampled_from(["epoch", "step"]),
    ),
    st.builds(lambda **to: Cyclical(Cyclical.Config(**to)), ratio=positive_shares, shape=shapes, cycles=st.just(1)),
    st.builds(lambda **to: Monotonic(Monotonic.Config(**to)), warmup=positive_shares),
    st.builds(lambda **to: Monotonic(Monotonic.Config(shape="accumulating", **to)), increment=st.floats(1e-4, 2)),
    st.builds(lambda value: NoAnnealing(NoAnnealing.Config(value=value)), shares),
)
decay: dict[str, Any] = {"start": shares, "from_epoch": st.integers(0, 30), "step": shares}
forcings = st.one_of(
    st.builds(lambda ratio: ConstantRatio(ConstantRatio.Config(ratio=ratio)), shares),
    st.builds(
        lambda **to: LinearDecay(LinearDecay.Config(**to)),
        **decay,
        floor=shares,
        below_floor=st.sampled_from(["hold", "zero"]),
    ),
    st.builds(
        lambda **to: resetting(**to),
        **decay,
        floor=st.floats(0, 0.4),
        reset_to=st.floats(0.5, 1),
        patience=st.integers(2, 5),
        cooldown=st.integers(0, 9),
        max_resets=st.none() | st.integers(1, 4),
    ),
)
figures = st.fixed_dictionaries(
    {
        "loss": st.sampled_from([*[0.01, 0.0105] * 6, 0.02, None]),
        "psnr": st.sampled_from([*[20.0, 20.4] * 6, 21.0, None]),
    }
)
histories = st.tuples(st.lists(figures, min_size=1, max_size=60), st.integers(1, 3)).map(
    lambda drawn: [
        {"epoch": e, "validate": record if (e + 1) % drawn[1] == 0 else None} for e, record in enumerate(drawn[0])
    ]
)


@given(anneals, forcings, histories, st.data())
def test_every_schedule_stays_in_bounds_and_is_the_same_after_resuming(
    annealer: Annealer, forcing: Forcing, history: Any, data: Any
) -> None:
    """Uninterrupted, resumed at any epoch with the records read back, and drawn afterwards from all records."""
    epochs, steps = len(history), 3

    def run(grown: list[Any], annealer: Annealer, forcing: Forcing) -> list[tuple[float, float, int]]:
        values = []
        for epoch in range(len(grown), epochs):
            positions = [at(epoch, epochs, steps, step, tuple(grown)) for step in range(steps)]
            values += [
                (annealer.weight(position), forcing.ratio(position), forcing.resets(position)) for position in positions
            ]
            grown.append(history[epoch])
        return values

    whole = run([], annealer, forcing)
    assert all(0 <= weight <= 1 and 0 <= ratio <= 1 for weight, ratio, _ in whole)
    for (_, before, resets), (_, ratio, counted) in itertools.pairwise(whole):
        assert (
            ratio <= before if counted == resets else counted == resets + 1 and ratio > before
        )  # it rises where it is reset
    assert whole[-1][2] <= (getattr(forcing.config, "max_resets", None) or epochs)
    k = data.draw(st.integers(0, epochs - 1))
    again = run(json.loads(json.dumps(history[:k])), type(annealer)(annealer.config), type(forcing)(forcing.config))
    assert again == whole[k * steps :]
    drawn = [at(epoch, epochs, steps, history=history) for epoch in range(epochs)]
    assert [(forcing.ratio(position), forcing.resets(position)) for position in drawn] == [
        (ratio, resets) for _, ratio, resets in whole[::steps]
    ]


@given(st.integers(1, 12), st.integers(1, 40), positive_shares, shares, shares, shapes)
def test_complete_cycles_begin_at_start_rise_and_end_at_stop(
    cycles: int, length: int, ratio: float, first: float, second: float, shape: Any
) -> None:
    start, stop = sorted((first, second))
    values = weights(
        Cyclical(Cyclical.Config(cycles=cycles, ratio=ratio, start=start, stop=stop, shape=shape)), cycles * length
    )
    for begin in range(0, len(values), length):
        cycle = values[begin : begin + length]
        assert cycle == values[:length] and cycle == sorted(cycle)
        assert cycle[0] == start and cycle[-1] <= stop + 1e-12
        assert cycle[math.ceil(ratio * length) :] == pytest.approx(
            [stop] * (length - math.ceil(ratio * length)), abs=1e-12
        )


@given(st.integers(1, 300), positive_shares, st.floats(0.01, 500), st.floats(1e-4, 2))
def test_a_monotonic_weight_begins_at_0_and_never_falls(
    epochs: int, share: float, warmup: float, increment: float
) -> None:
    for to in (
        {"warmup": share},
        {"warmup": warmup, "unit": "epoch"},
        {"shape": "accumulating", "increment": increment},
    ):
        values = weights(Monotonic(Monotonic.Config(**to)), epochs)
        assert values == sorted(values) and values[0] == 0 and values[-1] <= 1
