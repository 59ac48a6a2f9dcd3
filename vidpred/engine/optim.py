"""Optimizers, by the names that a recipe may use, and learning-rate schedules in closed form.

A learning rate is a pure function of the position of a run, as annealers are: a resumed run has nothing to restore, and
a run that is made longer stretches the schedules that depend on its length. The formulas are those of
`torch.optim.lr_scheduler` and give bit-equal rates (tests/engine/test_optim.py); torch's own schedulers count steps
and cannot be set to a position.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from math import cos, inf, pi
from typing import Any

from torch import Tensor
from torch.optim import SGD, Adam, AdamW, Optimizer

from vidpred.contracts.schedules import Progress

_OPTIMIZERS: dict[str, type[Optimizer]] = {"adam": Adam, "adamw": AdamW, "sgd": SGD}
_PER_STEP = ("cosine", "one_cycle")  # the others change from epoch to epoch
_PLATEAU_THRESHOLD, _PLATEAU_LEAST_CHANGE = 1e-4, 1e-8  # torch's `threshold` and `eps`
_MAX_MOMENTUM, _BASE_MOMENTUM = 0.95, 0.85  # of one_cycle, as in torch


def make_optimizer(parameters: Iterable[Tensor], name: str, **settings: Any) -> Optimizer:
    """Return the optimizer of this name: adam, adamw or sgd."""
    return _OPTIMIZERS[name](parameters, **settings)


class LearningRate:
    """Sets the learning rate of an optimizer; its rate at construction is the schedule's peak.

    Args:
        optimizer: any of this module.
        name: constant, step, multistep, exponential, cosine, one_cycle or plateau.
        epochs: length of the run.
        steps_per_epoch: optimizer steps in an epoch.
        settings: the other fields of the recipe's `scheduler` section.
    """

    def __init__(self, optimizer: Optimizer, name: str, *, epochs: int, steps_per_epoch: int, **settings: Any) -> None:
        self.optimizer, self.name, self.settings = optimizer, name, settings
        self.peak = float(optimizer.param_groups[0]["lr"])
        self.steps = epochs * steps_per_epoch
        self._history: Sequence[Mapping[str, Any]] | None = None  # of the rate below
        self._plateau_rate = self.peak

    def set(self, at: Progress) -> float:
        """Set the learning rate of this step (for one_cycle, the momentum too) and return it."""
        index = at.step if self.name in _PER_STEP else at.epoch
        if self.name == "one_cycle":
            self._set_momentum(self._one_cycle(index, _MAX_MOMENTUM, _BASE_MOMENTUM, _MAX_MOMENTUM))
            rate = self._one_cycle(index, self.peak / 25, self.peak, self.peak / 25 / 1e4)
        elif self.name == "plateau":
            rate = self._plateau(at.history)
        else:
            rate = self.peak * self._factor(index)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        return rate

    def _factor(self, index: int) -> float:
        """The factor on the peak at this epoch (cosine: at this step)."""
        settings = self.settings
        match self.name:
            case "constant":
                return 1.0
            case "step":
                return float(settings["gamma"] ** (index // settings["every"]))
            case "multistep":
                return float(settings["gamma"] ** bisect_right(sorted(settings["milestones"]), index))
            case "exponential":
                return float(settings["gamma"] ** index)
            case "cosine":
                floor = settings["floor"] / self.peak
                return float(floor + (1 - floor) * (1 + cos(pi * index / self.steps)) / 2)
        raise AssertionError(self.name)

    def _one_cycle(self, step: int, start: float, middle: float, end: float) -> float:
        """Half a cosine from `start` to `middle` over `rise` of the run, then half a cosine to `end`."""
        total = self.steps + 1  # torch counts the state after the last step, too
        rise = max(self.settings["rise"], 2 / total)  # at least one step long
        turn = float(rise * total) - 1
        if step <= turn:
            return _cosine(start, middle, (step - 0.0) / (turn - 0.0))
        return _cosine(middle, end, (step - turn) / (total - 1 - turn))

    def _set_momentum(self, momentum: float) -> None:
        for group in self.optimizer.param_groups:
            if "betas" in self.optimizer.defaults:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum

    def _plateau(self, history: Sequence[Mapping[str, Any]]) -> float:
        if history is not self._history:  # a new epoch
            self._history, self._plateau_rate = history, plateau_rate(self.peak, history, **self.settings)
        return self._plateau_rate


def plateau_rate(peak: float, history: Sequence[Mapping[str, Any]], *, gamma: float, patience: int) -> float:
    """Return the rate after these epochs: times `gamma` after more than `patience` validations without improvement.

    Epochs without validation are ignored.
    """
    rate, best, bad_epochs = peak, inf, 0
    for record in history:
        loss = record["validate"]["loss"] if record["validate"] else None
        if loss is None:
            continue
        if loss < best * (1.0 - _PLATEAU_THRESHOLD):
            best, bad_epochs = loss, 0
        else:
            bad_epochs += 1
        if bad_epochs > patience:
            bad_epochs = 0
            if rate - rate * gamma > _PLATEAU_LEAST_CHANGE:
                rate *= gamma
    return rate


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2.0 * (cos(pi * share) + 1)
