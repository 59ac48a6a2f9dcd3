"""Teacher-forcing policies: the probability of feeding the true frame."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt, model_validator

from vidpred import Forcing, Progress


class _Decay(Forcing.Config):
    start: float = Field(1.0, ge=0, le=1, description="ratio before the decay")
    from_epoch: NonNegativeInt = Field(0, description="epoch in which the decay starts, counted from 0")
    step: NonNegativeFloat = Field(0.004, description="decrease per epoch")
    floor: float = Field(0.0, ge=0, le=1, description="lowest ratio")


class LinearDecay(Forcing):
    """Ratio that falls linearly: max(floor, start - step * max(0, epoch - from_epoch))."""

    name = "linear_decay"
    reference = "scheduled sampling, Bengio et al. 2015, arXiv:1506.03099"

    class Config(_Decay):
        below_floor: Literal["hold", "zero"] = Field(
            "hold", description="when the ratio reaches the floor: hold it there, or stop teacher forcing"
        )

    config: Config

    def ratio(self, at: Progress) -> float:
        config = self.config
        ratio = config.start - config.step * max(0, at.epoch - config.from_epoch)
        if ratio >= config.floor:
            return ratio
        return config.floor if config.below_floor == "hold" else 0.0


class ConvergenceReset(Forcing):
    """Linear decay, restarted whenever validation has converged.

    Validation has converged when, over the last `patience` validated epochs since the start or the last reset of the
    decay, maximum minus minimum of each watched metric is at most its threshold; a value that is not finite restarts
    the count. The next epoch then begins with the ratio `reset_to`, which falls by `step` per epoch from there. Only an
    increase of the ratio is a reset: none happens before `from_epoch`, nor while the ratio still equals `reset_to`.
    """

    name = "convergence_reset"
    reference = "linear decay of Bengio et al. 2015, arXiv:1506.03099, with resets"

    class Config(_Decay):
        patience: int = Field(
            10, ge=2, description="number of latest validations that are compared, only those since the last reset"
        )
        loss_threshold: NonNegativeFloat | None = Field(
            1e-4, description="the validation loss has converged when it varies by no more than this; null: ignore it"
        )
        psnr_threshold: NonNegativeFloat | None = Field(
            0.1,
            description="the validation PSNR has converged when it varies by no more than this, dB; null: ignore it",
        )
        reset_to: float = Field(1.0, gt=0, le=1, description="ratio after a reset")
        cooldown: NonNegativeInt = Field(0, description="epochs after a reset without another reset")
        max_resets: PositiveInt | None = Field(None, description="most resets in a run; null: no limit")

        @model_validator(mode="after")
        def _can_reset(self) -> Self:
            if self.loss_threshold is None and self.psnr_threshold is None:
                raise ValueError("give loss_threshold or psnr_threshold; without both, use linear_decay")
            if self.reset_to <= self.floor:
                raise ValueError(
                    f"reset_to must be above floor, or nothing is ever reset; got {self.reset_to:g} and {self.floor:g}"
                )
            return self

    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        thresholds = {"loss": config.loss_threshold, "psnr": config.psnr_threshold}
        self.thresholds = {metric: threshold for metric, threshold in thresholds.items() if threshold is not None}

    def watches(self) -> tuple[str, ...]:
        return tuple(self.thresholds)

    def ratio(self, at: Progress) -> float:
        resets = self._resets(at)
        return self._decayed(at.epoch, resets[-1] if resets else None)

    def resets(self, at: Progress) -> int:
        return len(self._resets(at))

    def _decayed(self, epoch: int, reset: int | None) -> float:
        """Return the ratio in this epoch if the last reset was in epoch `reset` (None: no reset)."""
        config = self.config
        top, first_epoch = (config.start, config.from_epoch) if reset is None else (config.reset_to, reset)
        return max(config.floor, top - config.step * max(0, epoch - first_epoch))

    def _resets(self, at: Progress) -> list[int]:
        """Return the epochs up to this one that began with a reset. Ignores records of this epoch and later ones."""
        resets: list[int] = []
        window: deque[tuple[float, ...]] = deque(maxlen=self.config.patience)
        for next_epoch, record in enumerate(at.history[: at.epoch], 1):
            if not record.get("validate"):
                continue
            values = self._watched(record["validate"])
            if next_epoch <= self.config.from_epoch:
                continue
            if not all(map(math.isfinite, values)):
                window.clear()
                continue
            window.append(values)
            if self._converged(window) and self._may_reset(next_epoch, resets):
                resets.append(next_epoch)
                window.clear()
        return resets

    def _watched(self, metrics: Mapping[str, float | None]) -> tuple[float, ...]:
        """Return the watched metrics of a validation, NaN for null."""
        values = (metrics[name] for name in self.thresholds)
        return tuple(math.nan if value is None else value for value in values)

    def _converged(self, window: deque[tuple[float, ...]]) -> bool:
        return len(window) == self.config.patience and all(
            max(values) - min(values) <= threshold
            for values, threshold in zip(zip(*window, strict=True), self.thresholds.values(), strict=True)
        )

    def _may_reset(self, epoch: int, resets: list[int]) -> bool:
        config = self.config
        if resets and epoch - resets[-1] <= config.cooldown:
            return False
        if len(resets) == config.max_resets:
            return False
        return self._decayed(epoch, resets[-1] if resets else None) < config.reset_to


class ConstantRatio(Forcing):
    """Constant ratio: 1 always feeds the true frame, 0 never."""

    name = "constant"

    class Config(Forcing.Config):
        ratio: float = Field(1.0, ge=0, le=1, description="probability of feeding the true frame")

    config: Config

    def ratio(self, at: Progress) -> float:
        return self.config.ratio
