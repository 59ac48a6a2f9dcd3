"""Rollouts depend on neither steps per call, batch, nor samples drawn at once.

Their memory does not grow with their length.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import deepcopy
from typing import Any

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import Tensor

from tests.parity.cases import MODES, Replay
from tests.parity.comparing import assert_same
from tests.parity.memory import Alive
from tests.parity.tiny_svg import PRIORS, random_clip, recorded_noise, settled_model
from vidpred import Clip, Rollout, RolloutStep
from vidpred.contracts.nested import map_tensors
from vidpred.engine.plan import Mode, plan
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.rollout import rollout


def half_way(frame: Tensor, fed: Tensor) -> Tensor:
    """A feedback that uses both of its frames."""
    return (frame + fed) / 2


def rolled_out(
    prior: str, clip: Clip, steps: Sequence[RolloutStep], noise: dict[int, Tensor], **options: Any
) -> Rollout:
    with torch.no_grad():
        return Rollout.join(rollout(settled_model(prior), clip, steps, Replay(noise), feedback=half_way, **options))


@st.composite
def plans(draw: st.DrawFn) -> list[RolloutStep]:
    """Any plan for a short clip."""
    length, past = draw(st.integers(2, 7)), draw(st.integers(1, 3))
    forced: Collection[int] = draw(st.sets(st.integers(1, 7)))
    return plan(length, past, draw(st.sampled_from(MODES)), forced=forced, last_frame_skip=draw(st.booleans()))


@pytest.mark.parametrize("prior", PRIORS)
@settings(max_examples=20, deadline=None, database=None, derandomize=True)
@given(steps=plans())
def test_the_steps_per_call_change_nothing(prior: str, steps: list[RolloutStep]) -> None:
    clip, noise = random_clip(len(steps) + 1), recorded_noise(len(steps) + 1)
    whole = rolled_out(prior, clip, steps, noise, steps_per_call=None)
    for steps_per_call in (1, 3):
        assert_same(rolled_out(prior, clip, steps, noise, steps_per_call=steps_per_call), whole)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("prior", PRIORS)
def test_samples_in_one_batch_are_separate_rollouts(prior: str, mode: Mode) -> None:
    """Row b * samples + n is sample n of clip b, whatever the other rows are."""
    clip, steps, noise, samples = random_clip(6), plan(6, 2, mode, forced={4}), recorded_noise(6, rows=6), 3
    together = rolled_out(prior, clip, steps, noise, steps_per_call=3, samples=samples)
    for n in range(samples):
        alone = rolled_out(prior, clip, steps, {t: rows[n::samples] for t, rows in noise.items()}, steps_per_call=1)
        assert_same(map_tensors(lambda values, n=n: values[n::samples], together), alone)
    first, second = together.frames[:, -1][:2]
    assert first.allclose(second, rtol=0, atol=1e-11) == (
        mode == "reconstruct"
    )  # different noise gives a different future


@pytest.mark.parametrize("prior", PRIORS)
def test_a_clip_does_not_depend_on_the_rest_of_its_batch(prior: str) -> None:
    clip, steps, noise = random_clip(6, clips=3), plan(6, 2, "sample"), recorded_noise(6, rows=3)
    together = rolled_out(prior, clip, steps, noise)
    for b in range(3):
        alone = rolled_out(
            prior,
            map_tensors(lambda values, b=b: values[b : b + 1], clip),
            steps,
            {t: rows[b : b + 1] for t, rows in noise.items()},
        )
        assert_same(map_tensors(lambda values, b=b: values[b : b + 1], together), alone)


def most_alive(mode: Mode, forced: Collection[int], length: int, *, keep: bool = False) -> list[int]:
    """Return the peak memory in each call of 32 steps. `keep`: the consumer keeps every stretch."""
    steps_per_call = 32
    model = deepcopy(settled_model("learned"))
    alive, kept = Alive(model), []
    peaks = [0] * (length // steps_per_call + 1)
    steps = plan(length, 2, mode, forced=forced)
    with torch.no_grad():
        for stretch in rollout(
            model, random_clip(length, clips=1), steps, KeyedNoise([(0,)]), steps_per_call=steps_per_call
        ):
            call_number = (stretch.steps[-1].t - 1) // steps_per_call
            peaks[call_number] = max(peaks[call_number], alive.bytes)
            kept += [stretch] if keep else []
            del stretch
    return peaks


@pytest.mark.parametrize(
    ("mode", "forced"), [("sample", ()), ("reconstruct", ()), ("train", range(200)), ("train", range(1, 200, 4))]
)
def test_memory_is_flat_over_a_long_clip(mode: Mode, forced: Collection[int]) -> None:
    """A call may keep the previous one and the skip maps of the last given frame alive, but nothing else."""
    peaks = most_alive(mode, forced, length=200)
    assert max(peaks[3:]) <= max(peaks[:3])


def test_the_memory_measurement_detects_tensors_that_are_kept_alive() -> None:
    peaks = most_alive("sample", (), length=100, keep=True)
    assert peaks[2] > 2 * peaks[0] > 0
