"""What every family is compared on: ways of training, and noise that was recorded."""

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
COINS: dict[str, Callable[[int], Collection[int]]] = {
    "all forced": lambda past: range(past + 1, LENGTH),
    "free-running": lambda past: (),
    "mixed": lambda past: {past + 2},  # prediction, truth and, where there is room, prediction again
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One way of training. What else there is to choose, the model and the clip are each family's own."""

    past: int = 2
    coins: str = "mixed"
    detach: bool = False
    dtype: torch.dtype = torch.float64

    @property
    def forced(self) -> frozenset[int]:
        return frozenset(COINS[self.coins](self.past))

    def typed(self, values: V) -> V:
        """The same tensors, as `dtype`."""
        return map_tensors(lambda tensor: tensor.to(self.dtype), values)


class Replay:
    """Recorded noise, as the engine asks for it."""

    def __init__(self, recorded: Mapping[int, Tensor]) -> None:
        self.recorded = recorded

    def __call__(self, t: int, like: Tensor) -> Tensor:
        return self.recorded[t].to(like)
