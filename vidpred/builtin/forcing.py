"""Teacher-forcing policies: the probability of feeding the true frame."""
from __future__ import annotations

from typing import Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt

from vidpred import Forcing, Progress


class LinearDecay(Forcing):
    """Ratio that falls by a step each epoch: max(floor, start - step * max(0, epoch - from_epoch))."""

    name = "linear_decay"
    reference = "scheduled sampling, Bengio et al. 2015, arXiv:1506.03099"

    class Config(Forcing.Config):
        start: float = Field(1.0, ge=0, le=1, description="ratio before the decay")
        from_epoch: NonNegativeInt = Field(0, description="epoch in which the decay starts, counted from 0")
        step: NonNegativeFloat = Field(0.004, description="how much it falls each epoch")
        floor: float = Field(0.0, ge=0, le=1, description="lowest ratio")
        below_floor: Literal["hold", "zero"] = Field("hold", description="once it would fall below the floor: stay there, or stop forcing")

    config: Config

    def ratio(self, at: Progress) -> float:
        config = self.config
        ratio = config.start - config.step * max(0, at.epoch - config.from_epoch)
        if ratio >= config.floor:
            return ratio
        return config.floor if config.below_floor == "hold" else 0.0


class Constant(Forcing):
    """The same ratio throughout: 1 feeds the truth always, 0 never."""

    name = "constant"

    class Config(Forcing.Config):
        ratio: float = Field(1.0, ge=0, le=1, description="probability of feeding the truth")

    config: Config

    def ratio(self, at: Progress) -> float:
        return self.config.ratio
