"""Optimizers and learning rates, by the names that a recipe may use. torch does the work."""
from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from torch import Tensor
from torch.optim import SGD, Adam, AdamW, Optimizer, lr_scheduler

_OPTIMIZERS: dict[str, type[Optimizer]] = {"adam": Adam, "adamw": AdamW, "sgd": SGD}


def optimizer(parameters: Iterable[Tensor], name: str, **settings: Any) -> Optimizer:
    return _OPTIMIZERS[name](parameters, **settings)


class LearningRate:
    """A schedule whose length is derived from the run: told of every attempted step and every epoch."""

    def __init__(self, optimizer: Optimizer, name: str, *, epochs: int, steps_per_epoch: int, **settings: Any) -> None:
        self.optimizer = optimizer
        steps = epochs * steps_per_epoch
        self.by_step = name in ("cosine", "one_cycle")
        self.schedule: Any = _schedule(optimizer, name, steps, settings)

    @property
    def value(self) -> float:
        """The learning rate of the next step."""
        return float(self.optimizer.param_groups[0]["lr"])

    def after_step(self) -> None:
        if self.by_step:
            self._advance()

    def after_epoch(self, validation_loss: float | None) -> None:
        """`validation_loss` is None where this epoch was not validated: then a plateau learns nothing."""
        if isinstance(self.schedule, lr_scheduler.ReduceLROnPlateau):
            if validation_loss is not None:
                self.schedule.step(validation_loss)
        elif not self.by_step:
            self._advance()

    def _advance(self) -> None:
        with warnings.catch_warnings():     # torch warns where all steps so far were skipped, which is as it should be
            warnings.filterwarnings("ignore", "Detected call of `lr_scheduler.step")
            self.schedule.step()

    def state_dict(self) -> dict[str, Any]:
        return dict(self.schedule.state_dict())


def _schedule(optimizer: Optimizer, name: str, steps: int, settings: dict[str, Any]) -> Any:
    match name:
        case "constant":
            return lr_scheduler.ConstantLR(optimizer, factor=1.0)
        case "step":
            return lr_scheduler.StepLR(optimizer, settings["every"], settings["gamma"])
        case "multistep":
            return lr_scheduler.MultiStepLR(optimizer, list(settings["milestones"]), settings["gamma"])
        case "cosine":
            return lr_scheduler.CosineAnnealingLR(optimizer, steps, settings["floor"])
        case "exponential":
            return lr_scheduler.ExponentialLR(optimizer, settings["gamma"])
        case "one_cycle":
            peak = optimizer.param_groups[0]["lr"]
            # one step more than there are: torch counts the state after the last step, and refuses to go past the end
            # and it divides by zero where the rise is shorter than a step
            return lr_scheduler.OneCycleLR(optimizer, peak, steps + 1, pct_start=max(settings["rise"], 2 / (steps + 1)))
        case "plateau":
            return lr_scheduler.ReduceLROnPlateau(optimizer, factor=settings["gamma"], patience=settings["patience"])
    raise AssertionError(name)
