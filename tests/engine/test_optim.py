"""Learning rates are those of torch's schedulers, bit by bit, and functions of the position only."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import Optimizer, lr_scheduler as torch_schedulers

from vidpred.contracts.schedules import Progress
from vidpred.engine.optim import LearningRate, make_optimizer, plateau_rate

EPOCHS, STEPS = 11, 7
PER_STEP = ("cosine", "one_cycle")
SCHEDULES: dict[str, tuple[dict[str, Any], Callable[[Optimizer], Any]]] = {
    "constant": ({}, lambda optimizer: torch_schedulers.ConstantLR(optimizer, factor=1.0)),
    "step": (
        {"every": 3, "gamma": 0.3},
        lambda optimizer: torch_schedulers.LambdaLR(optimizer, lambda epoch: 0.3 ** (epoch // 3)),
    ),
    "multistep": (
        {"milestones": (2, 7), "gamma": 0.1},
        lambda optimizer: torch_schedulers.LambdaLR(optimizer, lambda epoch: 0.1 ** ((epoch >= 2) + (epoch >= 7))),
    ),
    "exponential": ({"gamma": 0.9}, lambda optimizer: torch_schedulers.LambdaLR(optimizer, lambda epoch: 0.9**epoch)),
    "one_cycle": (
        {"rise": 0.3},
        lambda optimizer: torch_schedulers.OneCycleLR(optimizer, 0.002, EPOCHS * STEPS + 1, pct_start=0.3),
    ),
}
LOSSES = [1.0, 0.9, 0.95, 0.91, None, 0.92, 0.5, 0.49999, 0.6, 0.7, 0.8]


def optimizer_of(name: str = "adam") -> Optimizer:
    return make_optimizer([torch.nn.Parameter(torch.zeros(2))], name, lr=0.002)


def progress(step: int, history: tuple[dict[str, Any], ...] = ()) -> Progress:
    return Progress(step // STEPS, EPOCHS, step, STEPS, history)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_and_momenta_equal_those_of_torch(name: str, optimizer: str) -> None:
    settings, make_scheduler = SCHEDULES[name]
    ours, theirs = optimizer_of(optimizer), optimizer_of(optimizer)
    rate = LearningRate(ours, name, epochs=EPOCHS, steps_per_epoch=STEPS, **settings)
    scheduler = make_scheduler(theirs)
    for step in range(EPOCHS * STEPS):
        assert rate.set(progress(step)) == theirs.param_groups[0]["lr"], step
        if name == "one_cycle":
            for key in ("betas", "momentum"):
                assert ours.param_groups[0].get(key) == theirs.param_groups[0].get(key), (step, key)
        if name in PER_STEP or (step + 1) % STEPS == 0:
            with warnings.catch_warnings(action="ignore"):  # no optimizer step is done here
                scheduler.step()


def test_cosine_falls_from_the_peak_to_the_floor() -> None:
    rate = LearningRate(optimizer_of(), "cosine", epochs=EPOCHS, steps_per_epoch=STEPS, floor=0.0005)
    rates = [rate.set(progress(step)) for step in range(EPOCHS * STEPS)]
    assert rates[0] == 0.002 and rates == sorted(rates, reverse=True) and 0.0005 < rates[-1] < 0.000505


def test_plateau_equals_torch_and_ignores_epochs_without_validation() -> None:
    history = tuple(
        {"epoch": epoch, "validate": None if epoch == 3 else {"loss": loss}} for epoch, loss in enumerate(LOSSES)
    )
    theirs = optimizer_of()
    scheduler = torch_schedulers.ReduceLROnPlateau(theirs, factor=0.3, patience=1)
    rate = LearningRate(optimizer_of(), "plateau", epochs=EPOCHS, steps_per_epoch=STEPS, gamma=0.3, patience=1)
    for epoch in range(EPOCHS):
        expected = theirs.param_groups[0]["lr"]
        assert rate.set(progress(epoch * STEPS, history[:epoch])) == expected
        assert plateau_rate(0.002, history[:epoch], gamma=0.3, patience=1) == expected
        loss = (history[epoch]["validate"] or {}).get("loss")
        if loss is not None:
            scheduler.step(loss)
    assert expected < 0.002


@pytest.mark.parametrize("name", [*SCHEDULES, "cosine"])
def test_a_rate_depends_on_the_position_only(name: str) -> None:
    settings = SCHEDULES[name][0] if name in SCHEDULES else {"floor": 0.0}
    rates = LearningRate(optimizer_of(), name, epochs=EPOCHS, steps_per_epoch=STEPS, **settings)
    forward = [rates.set(progress(step)) for step in range(EPOCHS * STEPS)]
    backward = [rates.set(progress(step)) for step in reversed(range(EPOCHS * STEPS))]
    assert forward == backward[::-1]
