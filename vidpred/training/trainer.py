"""Train a model: what one optimizer step computes, and the loop over the steps of an epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    """One attempted optimizer step.

    Attributes:
        at: position of the step in the run.
        clips: number of clips, over all micro-batches.
        beta: weight of the KL term.
        ratio: probability of teacher forcing.
        forced_share: share of the rollout steps that could be forced and were.
        lr: learning rate.
        metrics: loss, its terms and the training metrics, as means over the clips; empty if the step was skipped.
        clips_per_second: throughput, reading included.
        resets: how often the forcing ratio has been reset so far.
        window_indices: the windows that were trained on.
    """

    at: Progress
    clips: int
    beta: float
    ratio: float
    forced_share: float
    lr: float
    metrics: Mapping[str, float]
    clips_per_second: float
    resets: int = 0
    window_indices: tuple[WindowIndex, ...] = ()


@dataclass(kw_only=True)
class Trainer:
    """Updates the weights, step by step. `metrics` are computed beside the loss and have no gradient.

    Batches of `accumulate` micro-batches make one step. `clip_grad_norm` limits the norm of the gradient.
    """

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

    def epoch(
        self, start: Progress, batches: Iterator[Batch], should_stop: Callable[[], bool] = lambda: False
    ) -> Iterator[TrainStep]:
        """Train to the end of the epoch, and yield every step; the last step takes the batches that are left.

        `should_stop` is asked before each step; if it returns True, the epoch ends there.
        """
        for step in range(start.step, (start.epoch + 1) * start.steps_per_epoch):
            if should_stop():
                return
            at = replace(start, step=step)
            started = perf_counter()
            result = self.step(at, list(islice(batches, self.accumulate)))
            yield replace(result, clips_per_second=result.clips / (perf_counter() - started))

    def step(self, at: Progress, batches: Sequence[Batch]) -> TrainStep:
        """Attempt one optimizer step on micro-batches, which share the forcing mask and are weighted by their clips.

        If a loss or a gradient is not finite, the step is skipped: weights, optimizer and buffers stay unchanged.
        """
        beta, ratio = self.schedules(at)
        lr = self.learning_rate.set(at)
        length = batches[0].frames.shape[1]
        forced = self.forced_frames(at, length, purpose="coin")
        clips = sum(len(batch.window_indices) for batch in batches)
        # torch's own generator serves what a plugin draws by itself, dropout for example
        torch.manual_seed(seed_of(self.seed, "torch", at.epoch, at.step))
        buffers = [buffer.clone() for buffer in self.model.buffers()]
        self.optimizer.zero_grad(set_to_none=True)
        metrics: dict[str, float] = {}
        for batch in batches:
            values = self._backward(batch, at, forced, beta, len(batch.window_indices) / clips)
            metrics = {name: metrics.get(name, 0.0) + value for name, value in values.items()}
            if not values:
                break
        if not metrics or not self._update():
            metrics = {}
            self._restore_buffers(buffers)
        share = self._forced_share(forced, length)
        window_indices = tuple(window_index for batch in batches for window_index in batch.window_indices)
        return TrainStep(
            at=at,
            clips=clips,
            beta=beta,
            ratio=ratio,
            forced_share=share,
            lr=lr,
            metrics=metrics,
            clips_per_second=0.0,
            resets=self.forcing.resets(at),
            window_indices=window_indices,
        )

    def schedules(self, at: Progress) -> tuple[float, float]:
        """Return beta and the forcing ratio at this position. Raises VidpredError if a schedule leaves [0, 1]."""
        return beta_and_ratio(self.annealer, self.forcing, self.beta_max, at)

    def forced_frames(self, at: Progress, length: int, purpose: str) -> frozenset[int]:
        """Draw the teacher-forcing mask of this step: the frames whose rollout step is fed with the true frame."""
        draw = partial(uniform, self.seed, purpose)
        granularity = self.forcing.config.granularity
        return teacher_forcing_mask(self.forcing.ratio(at), granularity, draw, length, self.runner.past, at)

    def _forced_share(self, forced: frozenset[int], length: int) -> float:
        """Return the share of the rollout steps that could be forced and are; 1 if there is no such step."""
        choices = length - 1 - self.runner.past
        return len(forced) / choices if choices > 0 else 1.0

    def _backward(
        self, batch: Batch, at: Progress, forced: frozenset[int], beta: float, share: float
    ) -> dict[str, float]:
        """Add the gradients of a micro-batch. Return its metrics times its share of the step; {} if not finite."""
        clip = batch.clip(self.runner.compute.device)
        noise = KeyedNoise(
            [(self.seed, "noise", at.epoch, window_index.epoch_index, 0) for window_index in batch.window_indices]
        )
        rollout = self.runner.train(self.model, clip, forced, noise)
        losses = self.objective(rollout, clip, beta)
        terms = {"loss": losses.total, **losses.terms}
        if not math.isfinite(losses.total.item()):
            return {}
        self.scaler.scale(losses.total * share).backward()  # type: ignore[no-untyped-call]
        with torch.no_grad():
            terms |= {name: self._measure(metric, rollout, clip) for name, metric in self.metrics.items()}
        return {name: value.item() * share for name, value in terms.items()}

    def _measure(self, metric: Metric, rollout: Rollout, clip: Clip) -> Tensor:
        """Return the mean of a metric over the predicted frames, which forcing has fed as in this step."""
        past = self.runner.past
        frames = at_least_float32(rollout.frames[:, past - 1 :]).clamp(0, 1)
        return metric(frames.flatten(0, 1), clip.frames[:, past:].flatten(0, 1)).mean()

    def _update(self) -> bool:
        """Clip the gradient and update the weights. Return False, without an update, if the gradient is not finite."""
        self.scaler.unscale_(self.optimizer)
        limit = self.clip_grad_norm or math.inf
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, limit)
        is_finite = math.isfinite(norm.item())
        if is_finite:
            self.scaler.step(self.optimizer)
        self.scaler.update()
        return is_finite

    def _restore_buffers(self, buffers: Sequence[Tensor]) -> None:
        with torch.no_grad():
            for buffer, value in zip(self.model.buffers(), buffers, strict=True):
                buffer.copy_(value)
