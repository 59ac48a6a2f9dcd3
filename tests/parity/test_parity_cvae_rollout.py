"""Rollouts of the pose family depend neither on the steps per call nor on how many samples are drawn at once.

Their memory does not grow with their length.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.parity.cases import FORCINGS, LENGTH, MODES, Replay
from tests.parity.comparing import assert_same
from tests.parity.memory import Alive
from tests.parity.tiny_cvae import Case, random_clip, recorded_noise, settled_model
from vidpred import Clip, Rollout, RolloutStep
from vidpred.contracts.nested import iter_tensors, map_tensors
from vidpred.engine.plan import Mode, plan
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.rollout import rollout
from vidpred.engine.runner import INFERENCE_STEPS_PER_CALL


def rolled_out(clip: Clip, steps: list[RolloutStep], noise: Mapping[int, Tensor], **options: Any) -> Rollout:
    with torch.no_grad():
        return Rollout.join(
            rollout(settled_model(), clip, steps, Replay(noise), feedback=Case().runner().feedback, **options)
        )


@pytest.mark.parametrize("forced", FORCINGS)
@pytest.mark.parametrize("mode", MODES)
def test_the_steps_per_call_change_nothing(mode: Mode, forced: str) -> None:
    clip, noise, steps = random_clip(LENGTH), recorded_noise(LENGTH), plan(LENGTH, 1, mode, forced=FORCINGS[forced](1))
    whole = rolled_out(clip, steps, noise, steps_per_call=None)
    for steps_per_call in (1, 3):
        assert_same(rolled_out(clip, steps, noise, steps_per_call=steps_per_call), whole)


@pytest.mark.parametrize("mode", MODES)
def test_samples_in_one_batch_are_separate_rollouts(mode: Mode) -> None:
    """Row b * samples + n is sample n of clip b."""
    samples = 3
    clip, noise, steps = (
        random_clip(LENGTH),
        recorded_noise(LENGTH, rows=2 * samples),
        plan(LENGTH, 1, mode, forced={4}),
    )
    together = rolled_out(clip, steps, noise, steps_per_call=3, samples=samples)
    for n in range(samples):
        alone = rolled_out(clip, steps, {t: rows[n::samples] for t, rows in noise.items()}, steps_per_call=1)
        assert_same(map_tensors(lambda values, n=n: values[n::samples], together), alone)
    first, second = together.frames[:, -1][:2]
    assert first.allclose(second, rtol=0, atol=1e-11) == (
        mode == "reconstruct"
    )  # different noise gives a different future


def over_a_long_clip(length: int, mode: Mode = "sample", *, keep: bool = False) -> tuple[list[int], list[int]]:
    """Predict from frame 0; return the peak memory in each call, and the number of tensors after every fourth call.

    `keep`: the consumer keeps every stretch.
    """
    model, clip = deepcopy(settled_model()), random_clip(length, clips=1)
    alive, kept, counts = Alive(model), [], []
    peaks = [0] * (length // INFERENCE_STEPS_PER_CALL + 1)
    t = 0
    for stretch in Case(past=1).runner(steps_per_call=None).predict(model, clip, KeyedNoise([(0,)]), mode=mode):
        assert not any(values.requires_grad for values in iter_tensors(tuple(stretch[1:])))
        t = stretch.steps[-1].t
        call_number = (t - 1) // INFERENCE_STEPS_PER_CALL
        peaks[call_number] = max(peaks[call_number], alive.bytes)
        kept += [stretch] if keep else []
        if t % (4 * INFERENCE_STEPS_PER_CALL) == 0:
            counts.append(sum(issubclass(type(thing), Tensor) for thing in gc.get_objects()))
    assert t == length - 1
    return peaks, counts


@pytest.fixture
def no_older_objects() -> Iterator[None]:
    """Hide existing objects from the garbage collector: counting is then quick and independent of other tests."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("no_older_objects")
@pytest.mark.parametrize(("mode", "length"), [("sample", 630), ("reconstruct", 300)])
def test_memory_is_flat_over_a_long_clip(mode: Mode, length: int) -> None:
    assert all(weight.requires_grad for weight in settled_model().parameters())
    peaks, counts = over_a_long_clip(length, mode)
    assert max(peaks[3:]) <= max(peaks[:3])
    assert len(counts) >= 2 and len(set(counts)) == 1


@pytest.mark.usefixtures("no_older_objects")
def test_the_memory_measurement_detects_tensors_that_are_kept_alive() -> None:
    peaks, counts = over_a_long_clip(260, keep=True)
    assert peaks[2] > 2 * peaks[0] > 0
    assert counts[1] >= counts[0] + 4 * INFERENCE_STEPS_PER_CALL
