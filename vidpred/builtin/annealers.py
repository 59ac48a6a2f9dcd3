"""KL annealers, computed in closed form from the position in the run."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

import vidpred
from vidpred import Annealer, Progress, VidpredError

Shape = Literal["linear", "cosine", "sigmoid"]


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-12 * (x - 0.5)))


# Rises on [0, 1] with f(0) = 0 and f(1) = 1.
_RISES: dict[Shape, Callable[[float], float]] = {
    "linear": lambda x: x,
    "cosine": lambda x: (1 - math.cos(math.pi * x)) / 2,
    "sigmoid": lambda x: (_logistic(x) - _logistic(0)) / (_logistic(1) - _logistic(0)),
}


class Cyclical(Annealer):
    """KL weight that restarts from zero several times in a run.

    In a cycle of P = T / M positions, tau = (i mod ceil(P)) / P. The weight is f(tau / ratio) while tau < ratio,
    then 1.
    """

    name = "cyclical"
    reference = "Fu et al. 2019, eq. 5-7, arXiv:1903.10145"

    class Config(vidpred.Config):
        cycles: PositiveInt | None = Field(None, description="cycles in the run (default 4); or give period")
        period: PositiveInt | None = Field(None, description="length of a cycle in epochs or steps; or give cycles")
        ratio: float = Field(0.5, gt=0, le=1, description="share of a cycle that is spent rising")
        start: float = Field(0.0, ge=0, le=1, description="weight at the beginning of a cycle")
        stop: float = Field(1.0, ge=0, le=1, description="weight at the end of a cycle")
        shape: Shape = Field("linear", description="shape of the rise")
        unit: Literal["epoch", "step"] = Field("epoch", description="the weight changes every epoch, or every step")

        @model_validator(mode="after")
        def _one_length(self) -> Self:
            if self.cycles is not None and self.period is not None:
                raise ValueError("give cycles or period, not both")
            return self

    config: Config

    def weight(self, at: Progress) -> float:
        config = self.config
        position, total = (at.epoch, at.epochs) if config.unit == "epoch" else (at.step, at.steps)
        cycles = config.cycles or 4
        if config.period is None and cycles > total:
            alternative = ", or count in steps (unit: step)" if config.unit == "epoch" else ""
            raise VidpredError(
                f"annealer.cycles: {cycles} cycles do not fit into {total} {config.unit}s; lower cycles{alternative}"
            )
        period = config.period or total / cycles
        tau = (position % math.ceil(period)) / period
        rise = _RISES[config.shape](tau / config.ratio) if tau < config.ratio else 1.0
        return config.start + (config.stop - config.start) * rise


class Monotonic(Annealer):
    """KL weight that rises once from zero to one and stays there."""

    name = "monotonic"
    reference = "Bowman et al. 2016, arXiv:1511.06349"

    class Config(vidpred.Config):
        warmup: PositiveFloat | None = Field(None, description="length of the rise (default 0.25 of the run)")
        unit: Literal["epoch", "run"] = Field(
            "run", description="unit of warmup: epochs, or a share of the run (then the weight changes every step)"
        )
        shape: Literal["linear", "accumulating"] = Field(
            "linear", description="accumulating: min(1, increment * n(n+1)/2) after n epochs, without warmup"
        )
        increment: PositiveFloat | None = Field(
            None, description="for accumulating: how much the growth per epoch increases each epoch (default 0.0002)"
        )

        @model_validator(mode="after")
        def _fitting(self) -> Self:
            if self.shape == "linear" and self.increment is not None:
                raise ValueError("increment goes with shape: accumulating; for linear, give warmup")
            if self.shape == "accumulating" and self.warmup is not None:
                raise ValueError("warmup goes with shape: linear; for accumulating, give increment")
            if self.unit == "run" and self.warmup is not None and self.warmup > 1:
                raise ValueError(
                    f"warmup is a share of the run, at most 1, got {self.warmup:g}; for epochs say unit: epoch"
                )
            if self.unit == "epoch" and self.warmup is None and self.shape == "linear":
                raise ValueError("give warmup, the number of epochs")
            return self

    config: Config

    def weight(self, at: Progress) -> float:
        config = self.config
        if config.shape == "accumulating":
            return min(1.0, (config.increment or 0.0002) * at.epoch * (at.epoch + 1) / 2)
        warmup = config.warmup or 0.25
        if config.unit == "epoch":
            return min(1.0, at.epoch / warmup)
        return min(1.0, at.step / (warmup * at.steps))


class NoAnnealing(Annealer):
    """Constant KL weight."""

    name = "none"

    class Config(vidpred.Config):
        value: float = Field(1.0, ge=0, le=1, description="the weight")

    config: Config

    def weight(self, at: Progress) -> float:
        return self.config.value
