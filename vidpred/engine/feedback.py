"""What is done to a predicted frame before it is fed to the next step."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from vidpred.engine.rollout import Feedback

FrameFilter = Callable[[Tensor, Tensor], Tensor]


def make_feedback(*, detach: bool = False, clamp: bool = True, frame_filter: FrameFilter | None = None) -> Feedback:
    """Return the function (predicted frame, frame it was predicted from) -> frame that is fed to the next step.

    It clamps to [0, 1], applies a filter, and detaches, in this order. The filter runs without gradient, so its output
    carries none.
    """
    operations: list[FrameFilter] = []
    if clamp:
        operations.append(lambda frame, fed: frame.clamp(0, 1))
    if frame_filter is not None:
        operations.append(_without_gradient(frame_filter))
    if detach:
        operations.append(lambda frame, fed: frame.detach())

    def apply(frame: Tensor, fed: Tensor) -> Tensor:
        for operation in operations:
            frame = operation(frame, fed)
        return frame

    return apply


def _without_gradient(frame_filter: FrameFilter) -> FrameFilter:
    def apply(frame: Tensor, fed: Tensor) -> Tensor:
        with torch.no_grad():
            return frame_filter(frame, fed)

    return apply
