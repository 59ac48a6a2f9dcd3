"""Training configurations that every model family is compared on, and recorded noise."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from vidpred.contracts.nested import map_tensors
from vidpred.engine.plan import Mode

V = TypeVar("V")

MODES: tuple[Mode, ...] = ("train", "reconstruct", "sample")
LENGTH = 6
FORCINGS: dict[str, Callable[[int], Collection[int]]] = {
    "all forced": lambda past: range(past + 1, LENGTH),
    "free-running": lambda past: (),
    "mixed": lambda past: {past + 2},  # prediction, truth and, if the clip is long enough, prediction again
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One training configuration. Each family adds its own settings, model and clip."""

    past: int = 2
    forcing: str = "mixed"
    detach: bool = False
    dtype: torch.dtype = torch.float64

    @property
    def forced(self) -> frozenset[int]:
        return frozenset(FORCINGS[self.forcing](self.past))

    def typed(self, values: V) -> V:
        """Convert the tensors to `dtype`."""
        return map_tensors(lambda tensor: tensor.to(self.dtype), values)


class Replay:
    """Recorded noise, with the interface of the engine's noise."""

    def __init__(self, recorded: Mapping[int, Tensor]) -> None:
        self.recorded = recorded

    def __call__(self, t: int, like: Tensor) -> Tensor:
        return self.recorded[t].to(like)
