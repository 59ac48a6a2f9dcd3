"""What happens to a predicted frame before it is fed to the next step, composed once from a recipe's settings."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from vidpred.engine.rollout import Feedback

Change = Callable[[Tensor, Tensor], Tensor]


def feedback(*, detach: bool = False, clamp: bool = True, change: Change | None = None) -> Feedback:
    """(frame made, frame it was made from) -> frame that is fed: clamped to [0, 1], changed by a filter, detached.

    A filter runs without gradient, so what it gives carries none.
    """
    steps: list[Change] = []
    if clamp:
        steps.append(lambda frame, fed: frame.clamp(0, 1))
    if change is not None:
        steps.append(_without_gradient(change))
    if detach:
        steps.append(lambda frame, fed: frame.detach())

    def fed_back(frame: Tensor, fed: Tensor) -> Tensor:
        for step in steps:
            frame = step(frame, fed)
        return frame

    return fed_back


def _without_gradient(change: Change) -> Change:
    def changed(frame: Tensor, fed: Tensor) -> Tensor:
        with torch.no_grad():
            return change(frame, fed)

    return changed
