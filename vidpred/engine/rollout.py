"""Then do: the only loop over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from torch import Tensor

from vidpred.contracts.model import Model
from vidpred.contracts.nested import spread
from vidpred.contracts.steps import RolloutStep
from vidpred.contracts.tensors import Clip, Noise, Rollout
from vidpred.engine.plan import batched, stretches

Feedback = Callable[[Tensor, Tensor], Tensor]  # (frame made, frame it was made from) -> frame that is fed next


def as_made(frame: Tensor, fed: Tensor) -> Tensor:
    """Feed a predicted frame as it is."""
    return frame


def rollout(
    model: Model,
    clip: Clip,
    steps: Sequence[RolloutStep],
    noise: Noise,
    *,
    window: int | None = None,
    samples: int = 1,
    feedback: Feedback = as_made,
) -> Iterator[Rollout]:
    """Yield what each stretch of steps made, B * samples rows each, and keep nothing of it.

    At most `window` steps are handled at once: None all, 1 step by step. Row b * samples + n is sample n of clip b.
    A generator runs under its consumer's grad mode: put `no_grad` around the iteration.
    """
    ahead: Any = None
    state: Any = None
    frame: Tensor | None = None
    for part in batched(steps, window):
        ahead = model.look_ahead(clip, part, ahead, window)
        for stretch in stretches(part):
            last = stretch[-1]
            made, state = model.predict(stretch, ahead.at(stretch, samples), frame, state, noise)
            yield made
            fed = frame if last.feed == "prediction" else spread(clip.frames[:, last.t - 1], samples)
            assert fed is not None
            frame = feedback(made.frames[:, -1], fed)
