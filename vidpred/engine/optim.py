"""Optimizers and learning rates, by the names that a recipe may use. torch does the work."""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import cos, pi
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adam, AdamW, Optimizer, lr_scheduler

from vidpred.contracts.schedules import Progress

_OPTIMIZERS: dict[str, type[Optimizer]] = {"adam": Adam, "adamw": AdamW, "sgd": SGD}


def optimizer(parameters: Iterable[Tensor], name: str, **settings: Any) -> Optimizer:
    return _OPTIMIZERS[name](parameters, **settings)


class LearningRate:
    """A pure function of where a run stands, as annealers are: a resumed run has nothing to restore, and a run that is made
    longer stretches what hangs on its length."""

    def __init__(self, optimizer: Optimizer, name: str, *, epochs: int, steps_per_epoch: int, **settings: Any) -> None:
        self.optimizer, self.settings = optimizer, settings
        self.peak = float(optimizer.param_groups[0]["lr"])
        self.by_step = name in ("cosine", "one_cycle")
        steps = epochs * steps_per_epoch
        self.schedule: Any = (
            None
            if name == "plateau"
            else _one_cycle(optimizer, self.peak, steps, **settings)
            if name == "one_cycle"
            else (lr_scheduler.LambdaLR(optimizer, _factor(name, self.peak, steps, settings)))
        )

    def set(self, at: Progress) -> float:
        """Give the optimizer the learning rate of this step, and say what it is."""
        if self.schedule is None:
            value = plateau(self.peak, at.history, **self.settings)
            for group in self.optimizer.param_groups:
                group["lr"] = value
        else:
            self.schedule.last_epoch = (at.step if self.by_step else at.epoch) - 1
            with warnings.catch_warnings():  # torch wants to be told of every step, but we say where we are
                warnings.filterwarnings("ignore", "Detected call of `lr_scheduler.step")
                self.schedule.step()
        return float(self.optimizer.param_groups[0]["lr"])


def plateau(peak: float, history: Sequence[Mapping[str, Any]], *, gamma: float, patience: int) -> float:
    """What torch's ReduceLROnPlateau makes of the validation losses so far; epochs that were not validated teach it nothing."""
    alone = SGD([torch.zeros(1)], lr=peak)
    schedule = lr_scheduler.ReduceLROnPlateau(alone, factor=gamma, patience=patience)
    for record in history:
        if record["validate"] and record["validate"]["loss"] is not None:
            schedule.step(record["validate"]["loss"])
    return float(alone.param_groups[0]["lr"])


def _one_cycle(optimizer: Optimizer, peak: float, steps: int, *, rise: float) -> lr_scheduler.OneCycleLR:
    # one step more than there are: torch counts the state after the last step, and refuses to go past the end
    # and it divides by zero where the rise is shorter than a step
    return lr_scheduler.OneCycleLR(optimizer, peak, steps + 1, pct_start=max(rise, 2 / (steps + 1)))


def _factor(name: str, peak: float, steps: int, settings: Mapping[str, Any]) -> Callable[[int], float]:
    """The learning rate's factor at an epoch (cosine: at a step), counted from 0."""
    match name:
        case "constant":
            return lambda epoch: 1.0
        case "step":
            return lambda epoch: float(settings["gamma"] ** (epoch // settings["every"]))
        case "multistep":
            return lambda epoch: float(settings["gamma"] ** bisect_right(sorted(settings["milestones"]), epoch))
        case "exponential":
            return lambda epoch: float(settings["gamma"] ** epoch)
        case "cosine":
            floor = settings["floor"] / peak
            return lambda step: floor + (1 - floor) * (1 + cos(pi * step / steps)) / 2
    raise AssertionError(name)
