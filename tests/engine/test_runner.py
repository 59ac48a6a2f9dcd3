"""Running a model with a run's settings: its mode, gradients, precision, steps per call and feedback."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.evaluation.walk import CPU, Walk
from vidpred import Clip, Rollout
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.rollout import rollout
from vidpred.engine.runner import INFERENCE_STEPS_PER_CALL, RolloutRunner

PAST = 2
NOISE = KeyedNoise([(0,)])


class ObservedWalk(Walk):
    """Records the mode, gradients, autocast and steps per call of its calls; `shift` is a weight of its frames."""

    def __init__(self) -> None:
        super().__init__()
        self.shift = torch.nn.Parameter(torch.zeros(()))
        self.observed: dict[str, Any] = {}

    def forward(self, clip: Clip, steps: Any, noise: Any, **options: Any) -> Rollout:
        return Rollout.join(rollout(self, clip, steps, noise, **options))  # type: ignore[arg-type]

    def look_ahead(self, clip: Clip, steps: Any, before: Any, steps_per_call: Any) -> Any:
        self.observed = {
            "training": self.training,
            "gradients": torch.is_grad_enabled(),
            "autocast": torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else None,
            "steps_per_call": steps_per_call,
        }
        return super().look_ahead(clip._replace(frames=clip.frames + self.shift), steps, before, steps_per_call)


def clip_of(length: int) -> Clip:
    return Clip(torch.full((1, length, 3, 4, 4), 0.5), torch.zeros(1, length, 2))


def predicted(runner: RolloutRunner, model: Any, length: int = 6) -> Tensor:
    return torch.cat([stretch.frames for stretch in runner.predict(model, clip_of(length), NOISE)], 1)


def test_training_is_in_train_mode_with_gradients() -> None:
    model = ObservedWalk().eval()
    result = RolloutRunner(PAST, CPU, steps_per_call=3).train(model, clip_of(6), (), NOISE)
    assert model.observed == {"training": True, "gradients": True, "autocast": None, "steps_per_call": 3}
    assert result.frames.shape == (1, 5, 3, 4, 4) and result.frames.requires_grad


def test_prediction_is_in_eval_mode_without_gradients_even_if_its_consumer_has_them() -> None:
    model = ObservedWalk().train()
    assert not predicted(RolloutRunner(PAST, CPU), model).requires_grad
    assert torch.is_grad_enabled()
    expected = {"training": False, "gradients": False, "autocast": None, "steps_per_call": INFERENCE_STEPS_PER_CALL}
    assert model.observed == expected


def test_both_compute_in_the_precision_of_the_device() -> None:
    runner, model = RolloutRunner(PAST, replace(CPU, dtype=torch.bfloat16)), ObservedWalk()
    runner.train(model, clip_of(4), (), NOISE)
    assert model.observed["autocast"] is torch.bfloat16
    model.observed.clear()
    predicted(runner, model)
    assert model.observed["autocast"] is torch.bfloat16 and not torch.is_autocast_enabled("cpu")


def test_the_recipes_steps_per_call_are_used_for_predictions_too() -> None:
    model = ObservedWalk()
    predicted(RolloutRunner(PAST, CPU, steps_per_call=1), model)
    assert model.observed["steps_per_call"] == 1


@pytest.mark.parametrize(("own_feedback", "training", "evaluation"), [(False, True, True), (True, True, False)])
def test_an_evaluation_may_have_its_own_feedback(own_feedback: bool, training: bool, evaluation: bool) -> None:
    calls = []

    def feedback(frame: Tensor, fed: Tensor) -> Tensor:
        calls.append(1)
        return frame

    unchanged = (lambda frame, fed: frame) if own_feedback else None
    runner = RolloutRunner(PAST, CPU, feedback=feedback, evaluation_feedback=unchanged)
    runner.train(ObservedWalk(), clip_of(6), (), NOISE)
    assert bool(calls) == training
    calls.clear()
    predicted(runner, ObservedWalk())
    assert bool(calls) == evaluation


def test_as_many_frames_are_predicted_as_there_are_conditions() -> None:
    given = clip_of(7)
    stretches = RolloutRunner(PAST, CPU).predict(Walk(), given._replace(frames=given.frames[:, :PAST]), NOISE)  # type: ignore[arg-type]
    assert sum(stretch.frames.shape[1] for stretch in stretches) == 6
