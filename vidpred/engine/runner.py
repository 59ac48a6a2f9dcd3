"""How one run rolls out. Training, reconstructing and sampling differ in the list of steps, and in nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from vidpred.contracts.model import Model
from vidpred.contracts.tensors import Clip, Noise, Rollout
from vidpred.engine.device import ComputeDevice
from vidpred.engine.plan import Mode, plan
from vidpred.engine.rollout import Feedback, as_made, rollout

OUTSIDE_TRAINING = 32  # the window where it changes no result: memory stays flat over long clips


@dataclass(frozen=True)
class RolloutRunner:
    """Settings that every rollout of a run shares. `window`: steps handled at once; None: auto. `feedback` is training's;
    `evaluation_feedback`, where it differs, everything else's."""

    past: int
    compute: ComputeDevice
    last_frame_skip: bool = False
    window: int | None = None
    feedback: Feedback = as_made
    evaluation_feedback: Feedback | None = None

    def train(self, model: nn.Module, clip: Clip, forced: Collection[int], noise: Noise) -> Rollout:
        """A whole clip in train mode. `model` may be wrapped, as by DDP: only its forward is called."""
        model.train()
        steps = plan(clip.frames.shape[1], self.past, "train", forced=forced, last_frame_skip=self.last_frame_skip)
        with self.compute.autocast():
            made: Rollout = model(clip, steps, noise, window=self.window, feedback=self.feedback)
        return made

    def predict(
        self, model: Model, clip: Clip, noise: Noise, *, mode: Mode = "sample", samples: int = 1
    ) -> Iterator[Rollout]:
        """Free-running prediction in eval mode, without gradient: each stretch as it is made. As many frames as there are
        conditions; true frames beyond `past` are needed by the mode "reconstruct" alone."""
        model.eval()
        steps = plan(clip.conditions.shape[1], self.past, mode, last_frame_skip=self.last_frame_skip)
        made: Any = rollout(
            model,
            clip,
            steps,
            noise,
            window=self.window or OUTSIDE_TRAINING,
            samples=samples,
            feedback=self.evaluation_feedback or self.feedback,
        )
        while True:
            with torch.no_grad(), self.compute.autocast():  # a generator runs under its consumer's grad mode
                part = next(made, None)
            if part is None:
                return
            yield part
