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

INFERENCE_WINDOW = (
    32  # steps handled at once outside training, where it changes no result: long clips need no more memory
)


@dataclass(frozen=True)
class RolloutRunner:
    """Runs a model over clips.

    `window`: steps that are handled at once (None: automatic). `feedback` is used in training, and elsewhere too unless
    `evaluation_feedback` is given.
    """

    past: int
    compute: ComputeDevice
    last_frame_skip: bool = False
    window: int | None = None
    feedback: Feedback = unchanged
    evaluation_feedback: Feedback | None = None

    def train(self, model: nn.Module, clip: Clip, forced: Collection[int], noise: Noise) -> Rollout:
        """Roll out a complete clip in train mode. Only `forward` is called, so `model` may be wrapped (DDP)."""
        model.train()
        steps = plan(clip.frames.shape[1], self.past, "train", forced=forced, last_frame_skip=self.last_frame_skip)
        with self.compute.autocast():
            result: Rollout = model(clip, steps, noise, window=self.window, feedback=self.feedback)
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
            window=self.window or INFERENCE_WINDOW,
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
