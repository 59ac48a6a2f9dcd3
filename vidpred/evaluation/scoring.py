"""Many futures of every clip, each measured frame by frame beside copies of given frames."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, cast

import torch
from torch import Tensor

from vidpred.contracts.metric import Metric
from vidpred.contracts.model import Model
from vidpred.contracts.nested import spread
from vidpred.contracts.steps import RolloutStep
from vidpred.contracts.tensors import Clip, at_least_float32
from vidpred.data.loader import Batch
from vidpred.engine.plan import batched
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.runner import RolloutRunner
from vidpred.evaluation.result_schema import COPIES

ProgressCallback = Callable[[int], None]  # so many more futures are measured
Columns = Mapping[str, Sequence[Tensor]]  # by metric, then by clip


@dataclass(frozen=True)
class Measured:
    """Figures of every predicted frame, float32 on the CPU: `samples` [N, frames] of each clip, and of each copy [frames].
    `frames` is a hash of the true frames that were read."""

    samples: Columns
    copies: Mapping[str, Columns]
    frames: str


def clips_at_once(samples: int, rows: int, frames: int) -> int:
    """Clips of a batch, so that all their samples are at most `rows` rows, and what is read and looked ahead at, `frames` of
    each, stays small beside them: one at least."""
    return max(1, min(rows // samples, 8 * rows // frames))


def measure(
    model: Model,
    batches: Iterable[Batch],
    runner: RolloutRunner,
    metrics: Mapping[str, Metric],
    *,
    samples: int,
    rows: int,
    seed: int,
    told: ProgressCallback = lambda _: None,
) -> Measured:
    """Predict every clip `samples` times from the prior (given frames: the posterior), `rows` futures at once at most, or as
    many as a batch has clips. Sample n of a clip hangs on `seed`, the clip and n: neither `rows` nor the batches' size changes
    a figure (beyond rounding), and sample 0 is what `evaluate` predicts."""
    found: dict[str, list[Tensor]] = {name: [] for name in metrics}
    copies: dict[str, dict[str, list[Tensor]]] = {copy: {name: [] for name in metrics} for copy in COPIES}
    seen = hashlib.sha256()
    for batch in batches:
        seen.update(batch.frames.numpy().tobytes())
        clip = batch.clip(runner.compute.device)
        parts = []
        for part in _futures(model, batch, clip, runner, metrics, samples, rows, seed):
            parts.append(part)
            told(next(iter(part.values()))[:, :, 0].numel())
        for name in metrics:
            found[name] += torch.cat([part[name] for part in parts], 1)
        for copy, place in zip(COPIES, (runner.past - 1, 0), strict=True):
            for name, metric in metrics.items():
                copies[copy][name] += _copied(clip, place, runner.past, metric)
    return Measured(found, copies, seen.hexdigest())


def _futures(
    model: Model,
    batch: Batch,
    clip: Clip,
    runner: RolloutRunner,
    metrics: Mapping[str, Metric],
    samples: int,
    rows: int,
    seed: int,
) -> Iterator[dict[str, Tensor]]:
    """Chunks of samples as large as `rows` allows and as equal as can be: the figures of each, [B, n, frames] on the CPU."""
    chunks = ceil(samples / max(1, rows // len(batch.window_indices)))
    source = model if chunks == 1 else cast(Model, _AheadOnce(model))
    for numbers in batched(range(samples), ceil(samples / chunks)):
        noise = KeyedNoise(
            [
                (seed, "evaluate", window_index.clip, window_index.start, number)
                for window_index in batch.window_indices
                for number in numbers
            ]
        )
        columns: dict[str, list[Tensor]] = {name: [] for name in metrics}
        for made in runner.predict(source, clip, noise, samples=len(numbers)):
            for step, frames in zip(made.steps, at_least_float32(made.frames).clamp(0, 1).unbind(1), strict=True):
                if step.scored:
                    truth = spread(clip.frames[:, step.t], len(numbers))
                    for name, metric in metrics.items():
                        columns[name].append(metric(frames, truth))
        yield {
            name: torch.stack(column, 1).view(len(batch.window_indices), len(numbers), -1).cpu()
            for name, column in columns.items()
        }


class _AheadOnce:
    """A model that looks ahead once at each window of a batch, however many chunks of samples are drawn: what does not hang on
    a prediction (given frames, encoded; conditions) is computed once."""

    def __init__(self, model: Model) -> None:
        self.eval, self.predict = model.eval, model.predict
        self._look_ahead = model.look_ahead
        self._seen: dict[int, Any] = {}

    def look_ahead(self, clip: Clip, steps: Sequence[RolloutStep], before: Any, window: int | None) -> Any:
        first = steps[0].t
        if first not in self._seen:
            self._seen[first] = self._look_ahead(clip, steps, before, window)
        return self._seen[first]


def _copied(clip: Clip, place: int, past: int, metric: Metric) -> Tensor:
    """What the given frame at `place` scores for each frame to predict, [B, frames] on the CPU."""
    return torch.stack([metric(clip.frames[:, place], truth) for truth in clip.frames[:, past:].unbind(1)], 1).cpu()
