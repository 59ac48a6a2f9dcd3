"""One epoch of training: what a step does, and when."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from time import perf_counter

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from vidpred.contracts.metric import Metric
from vidpred.contracts.objective import Objective
from vidpred.contracts.schedules import Annealer, Forcing, Progress
from vidpred.contracts.tensors import Clip, Rollout, at_least_float32
from vidpred.data.loader import Batch
from vidpred.data.sampler import WindowIndex
from vidpred.engine.optim import LearningRate
from vidpred.engine.randomness import KeyedNoise, seed_of, uniform
from vidpred.engine.runner import RolloutRunner
from vidpred.engine.schedules import beta_and_ratio
from vidpred.engine.teacher_forcing import teacher_forcing_mask


@dataclass(frozen=True)
class TrainStep:
    """One attempted optimizer step. `figures` are means over its clips; empty where the step was skipped."""

    at: Progress
    clips: int
    beta: float
    ratio: float
    forced_share: float
    lr: float
    figures: Mapping[str, float]
    clips_per_second: float
    resets: int = 0
    window_indices: tuple[WindowIndex, ...] = ()  # the windows it was made of


@dataclass
class Trainer:
    """Owns the weights' way from step to step. `model` may be wrapped, as by DDP."""

    model: nn.Module
    runner: RolloutRunner
    objective: Objective
    annealer: Annealer
    forcing: Forcing
    beta_max: float
    optimizer: Optimizer
    learning_rate: LearningRate
    metrics: Mapping[str, Metric]
    seed: int
    accumulate: int = 1
    clip_grad_norm: float | None = None

    def __post_init__(self) -> None:
        self.scaler = self.runner.compute.scaler()
        self.parameters = [parameter for parameter in self.model.parameters() if parameter.requires_grad]

    def epoch(self, start: Progress, batches: Iterator[Batch]) -> Iterator[TrainStep]:
        """Train on these batches to the end of the epoch, `accumulate` to a step; the last step takes what is left."""
        for step in range(start.step, (start.epoch + 1) * start.steps_per_epoch):
            at = replace(start, step=step)
            before = perf_counter()
            report = self.step(at, list(islice(batches, self.accumulate)))
            yield replace(report, clips_per_second=report.clips / (perf_counter() - before))

    def step(self, at: Progress, batches: Sequence[Batch]) -> TrainStep:
        """One attempted optimizer step: its batches share the coin and are weighted by their clips. Where a loss or a
        gradient is not finite, weights, optimizer and buffers stay as they were."""
        beta, ratio = self.schedules(at)
        lr, past = self.learning_rate.set(at), self.runner.past
        length = batches[0].frames.shape[1]
        forced = self.forced(at, length, purpose="coin")
        clips = sum(len(batch.window_indices) for batch in batches)
        torch.manual_seed(
            seed_of(self.seed, "torch", at.epoch, at.step)
        )  # what a plugin draws by itself, dropout for one
        buffers = [buffer.clone() for buffer in self.model.buffers()]
        self.optimizer.zero_grad(set_to_none=True)
        figures: dict[str, float] = {}
        for batch in batches:
            here = self._backward(batch, at, forced, beta, len(batch.window_indices) / clips)
            figures = {name: figures.get(name, 0.0) + value for name, value in here.items()}
            if not here:
                break
        if not figures or not self._update():
            figures = {}
            with torch.no_grad():
                for buffer, old in zip(self.model.buffers(), buffers, strict=True):
                    buffer.copy_(old)
        choices = length - 1 - past
        share = len(forced) / choices if choices > 0 else 1.0
        window_indices = tuple(window_index for batch in batches for window_index in batch.window_indices)
        return TrainStep(at, clips, beta, ratio, share, lr, figures, 0.0, self.forcing.resets(at), window_indices)

    def schedules(self, at: Progress) -> tuple[float, float]:
        """Beta and the forcing ratio at this place of the run. Raises VidpredError where a schedule leaves [0, 1]."""
        return beta_and_ratio(self.annealer, self.forcing, self.beta_max, at)

    def forced(self, at: Progress, length: int, purpose: str) -> frozenset[int]:
        """The frames whose step is forced at this place of the run."""
        toss = partial(uniform, self.seed, purpose)
        granularity = self.forcing.config.granularity
        return teacher_forcing_mask(
            self.forcing.ratio(at), granularity, toss, length, self.runner.past, at.epoch, at.step
        )

    def _backward(
        self, batch: Batch, at: Progress, forced: frozenset[int], beta: float, share: float
    ) -> dict[str, float]:
        """Add this batch's gradients; its figures times its share of the step, or nothing where they are not finite."""
        clip = batch.clip(self.runner.compute.device)
        noise = KeyedNoise(
            [(self.seed, "noise", at.epoch, window_index.epoch_index, 0) for window_index in batch.window_indices]
        )
        made = self.runner.train(self.model, clip, forced, noise)
        losses = self.objective(made, clip, beta)
        terms = {"loss": losses.total, **losses.terms}
        if not math.isfinite(losses.total.item()):
            return {}
        self.scaler.scale(losses.total * share).backward()  # type: ignore[no-untyped-call]
        with torch.no_grad():
            terms |= {name: self._measured(metric, made, clip) for name, metric in self.metrics.items()}
        return {name: value.item() * share for name, value in terms.items()}

    def _measured(self, metric: Metric, made: Rollout, clip: Clip) -> Tensor:
        """Mean over predicted frames, which are fed as forcing has it here."""
        past = self.runner.past
        frames = at_least_float32(made.frames[:, past - 1 :]).clamp(0, 1)
        return metric(frames.flatten(0, 1), clip.frames[:, past:].flatten(0, 1)).mean()

    def _update(self) -> bool:
        """Clip the gradient and step; False, and no step, where the gradient is not finite."""
        self.scaler.unscale_(self.optimizer)
        limit = self.clip_grad_norm or math.inf
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, limit)
        finite = math.isfinite(norm.item())
        if finite:
            self.scaler.step(self.optimizer)
        self.scaler.update()
        return finite
