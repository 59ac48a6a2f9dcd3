"""The loop over time: what is looked ahead in one call, what is kept, and what the feedback is given.

That no result depends on it is tested in tests/parity/test_parity_rollout.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.evaluation.walk import ClipAhead, Walk
from tests.parity.cases import Replay
from tests.parity.tiny_svg import random_clip, recorded_noise, settled_model
from vidpred import Clip, RolloutStep
from vidpred.engine.plan import plan
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.rollout import LookAheadCache, rollout

LENGTH, PAST = 8, 2


class RecordedWalk(Walk):
    """Records the steps that it is asked to look ahead."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_ahead: list[list[int]] = []

    def look_ahead(self, clip: Clip, steps: Sequence[RolloutStep], *rest: Any) -> ClipAhead:
        self.looked_ahead.append([step.t for step in steps])
        return super().look_ahead(clip, steps, *rest)


def roll_out(model: Any, **options: Any) -> Tensor:
    clip = Clip(torch.rand(1, LENGTH, 3, 4, 4, generator=torch.Generator().manual_seed(0)), torch.zeros(1, LENGTH, 2))
    stretches = rollout(model, clip, plan(LENGTH, PAST, "sample"), KeyedNoise([(0,)]), **options)
    return torch.cat([stretch.frames for stretch in stretches], 1)


@pytest.mark.parametrize(
    ("steps_per_call", "expected"),
    [(None, [[1, 2, 3, 4, 5, 6, 7]]), (3, [[1, 2, 3], [4, 5, 6], [7]]), (1, [[t] for t in range(1, 8)])],
)
def test_at_most_this_many_steps_are_looked_ahead_in_one_call(
    steps_per_call: int | None, expected: list[list[int]]
) -> None:
    model = RecordedWalk()
    roll_out(model, steps_per_call=steps_per_call)
    assert model.looked_ahead == expected


def test_a_second_rollout_with_the_same_cache_looks_nothing_ahead_again() -> None:
    model, ahead = RecordedWalk(), LookAheadCache()
    first = roll_out(model, steps_per_call=3, ahead=ahead)
    assert list(ahead) == [1, 4, 7]
    assert roll_out(model, steps_per_call=3, ahead=ahead).equal(first)
    assert len(model.looked_ahead) == 3


def half_way(frame: Tensor, fed: Tensor) -> Tensor:
    """A feedback that uses both of its frames."""
    return (frame + fed) / 2


@pytest.mark.parametrize("samples", [1, 2])
def test_the_feedback_receives_the_frame_that_each_prediction_was_computed_from(samples: int) -> None:
    """The true frame if the step was forced, otherwise what the feedback returned for the previous step."""
    clip, steps, noise = random_clip(7), plan(7, 2, "train", forced={4, 5}), recorded_noise(7, rows=2 * samples)
    seen, given_back = [], []

    def feedback(frame: Tensor, fed: Tensor) -> Tensor:
        seen.append(fed)
        given_back.append(half_way(frame, fed))
        return given_back[-1]

    with torch.no_grad():
        list(
            rollout(
                settled_model("fixed"), clip, steps, Replay(noise), steps_per_call=1, samples=samples, feedback=feedback
            )
        )
    expected = [
        clip.frames[:, t - 1].repeat_interleave(samples, 0) if t in (1, 2, 4, 5) else given_back[t - 2]
        for t in range(1, 7)
    ]
    torch.testing.assert_close(seen, expected, rtol=0, atol=0)
