"""The only loop over time: executes a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from torch import Tensor

from vidpred.contracts.model import Model
from vidpred.contracts.nested import spread
from vidpred.contracts.steps import RolloutStep
from vidpred.contracts.tensors import Clip, Noise, Rollout
from vidpred.engine.plan import batched, stretches

Feedback = Callable[
    [Tensor, Tensor], Tensor
]  # (predicted frame, frame it was predicted from) -> frame that is fed next
LookAheadCache = dict[int, Any]  # by the t of a call's first step: what look_ahead returned


def unchanged(frame: Tensor, fed: Tensor) -> Tensor:
    """Feed a predicted frame back as it is."""
    return frame


def rollout(
    model: Model,
    clip: Clip,
    steps: Sequence[RolloutStep],
    noise: Noise,
    *,
    steps_per_call: int | None = None,
    samples: int = 1,
    feedback: Feedback = unchanged,
    ahead: LookAheadCache | None = None,
) -> Iterator[Rollout]:
    """Yield the result of each stretch of steps, B * samples rows each, and keep none of them.

    At most `steps_per_call` steps are computed in one call: None means all, 1 means step by step. Row b * samples + n
    is sample n of clip b. `ahead` keeps what `look_ahead` returned in each call, for further rollouts of the same clip
    and plan; by default nothing is kept. A generator runs under its consumer's grad mode: put `no_grad` around the
    iteration.
    """
    previous: Any = None
    state: Any = None
    frame: Tensor | None = None
    for call_steps in batched(steps, steps_per_call):
        first = call_steps[0].t
        if ahead is None:
            previous = model.look_ahead(clip, call_steps, previous, steps_per_call)
        else:
            if first not in ahead:
                ahead[first] = model.look_ahead(clip, call_steps, previous, steps_per_call)
            previous = ahead[first]
        for stretch in stretches(call_steps):
            last = stretch[-1]
            result, state = model.predict(stretch, previous.at(stretch, samples), frame, state, noise)
            yield result
            fed = frame if last.feed == "prediction" else spread(clip.frames[:, last.t - 1], samples)
            assert fed is not None
            frame = feedback(result.frames[:, -1], fed)
