"""Settings that all rollouts of a run share. Training, reconstructing and sampling differ only in the plan."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import torch
from torch import nn

from vidpred.contracts.model import Model
from vidpred.contracts.tensors import Clip, Noise, Rollout
from vidpred.engine.device import ComputeDevice
from vidpred.engine.plan import Mode, plan
from vidpred.engine.rollout import Feedback, LookAheadCache, rollout, unchanged

# Outside training the number changes no result, so that long clips need no more memory than short ones.
INFERENCE_STEPS_PER_CALL = 32


@dataclass(frozen=True)
class RolloutRunner:
    """Runs a model over clips.

    `steps_per_call`: how many rollout steps are computed in one call, the recipe's `sequence.window`; None: automatic.
    `feedback` is used in training, and elsewhere too unless `evaluation_feedback` is given.
    """

    past: int
    compute: ComputeDevice
    last_frame_skip: bool = False
    steps_per_call: int | None = None
    feedback: Feedback = unchanged
    evaluation_feedback: Feedback | None = None

    def train(self, model: nn.Module, clip: Clip, forced: Collection[int], noise: Noise) -> Rollout:
        """Roll out a complete clip in train mode. Only `forward` is called, so `model` may be wrapped (DDP)."""
        model.train()
        steps = plan(clip.frames.shape[1], self.past, "train", forced=forced, last_frame_skip=self.last_frame_skip)
        with self.compute.autocast():
            result: Rollout = model(clip, steps, noise, steps_per_call=self.steps_per_call, feedback=self.feedback)
        return result

    def predict(
        self,
        model: Model,
        clip: Clip,
        noise: Noise,
        *,
        mode: Mode = "sample",
        samples: int = 1,
        ahead: LookAheadCache | None = None,
    ) -> Iterator[Rollout]:
        """Predict as many frames as there are conditions, in eval mode, without gradient; yield stretch by stretch.

        True frames after `past` are needed by the mode "reconstruct" only. `ahead`: a dictionary in which the results
        of `look_ahead` are kept for further calls with the same clips.
        """
        model.eval()
        steps = plan(clip.conditions.shape[1], self.past, mode, last_frame_skip=self.last_frame_skip)
        stretches = rollout(
            model,
            clip,
            steps,
            noise,
            steps_per_call=self.steps_per_call or INFERENCE_STEPS_PER_CALL,
            samples=samples,
            feedback=self.evaluation_feedback or self.feedback,
            ahead=ahead,
        )
        while True:
            with torch.no_grad(), self.compute.autocast():  # a generator runs under its consumer's grad mode
                stretch = next(stretches, None)
            if stretch is None:
                return
            yield stretch
