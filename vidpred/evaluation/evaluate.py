"""Free-running prediction, measured frame by frame beside copying the last given frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import torch
from torch import Tensor

from vidpred.contracts.metric import Metric
from vidpred.contracts.model import Model
from vidpred.contracts.tensors import Rollout, at_least_float32
from vidpred.data.loader import Batch
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.runner import RolloutRunner


@dataclass(frozen=True)
class Scores:
    """What was measured on every predicted frame, by name: for each clip, [frames] float32 on the CPU.

    `predicted` holds the metrics and "loss" (the squared error, not clamped); `copy_last` the metrics alone.
    """

    predicted: Mapping[str, Sequence[Tensor]]
    copy_last: Mapping[str, Sequence[Tensor]]

    def record(self) -> dict[str, object]:
        """Means over frames, then over clips."""
        return {**_means(self.predicted), "copy_last": _means(self.copy_last)}


def evaluate(
    model: Model, batches: Iterable[Batch], runner: RolloutRunner, metrics: Mapping[str, Metric], *, seed: int
) -> Scores:
    """Predict every clip once from the prior (given frames: the posterior). The noise hangs on `seed` and on the clip:
    neither the size of the batches nor what was evaluated before changes a figure."""
    predicted: dict[str, list[Tensor]] = {name: [] for name in ("loss", *metrics)}
    copied: dict[str, list[Tensor]] = {name: [] for name in metrics}
    for batch in batches:
        clip = batch.clip(runner.compute.device)
        noise = KeyedNoise(
            [(seed, "evaluate", window_index.clip, window_index.start, 0) for window_index in batch.window_indices]
        )
        last = clip.frames[:, runner.past - 1]
        columns: dict[str, list[Tensor]] = {name: [] for name in predicted}
        copies: dict[str, list[Tensor]] = {name: [] for name in copied}
        for made in runner.predict(model, clip, noise):
            for frames, truth in _scored(made, clip.frames):
                columns["loss"].append((frames - truth).square().flatten(1).mean(1))
                for name, metric in metrics.items():
                    columns[name].append(metric(frames.clamp(0, 1), truth))
                    copies[name].append(metric(last, truth))
        for name, column in columns.items():
            predicted[name] += torch.stack(column, 1).cpu()
        for name, column in copies.items():
            copied[name] += torch.stack(column, 1).cpu()
    return Scores(predicted, copied)


def _scored(made: Rollout, truth: Tensor) -> Iterable[tuple[Tensor, Tensor]]:
    """(frame made, true frame), each [B, C, H, W], for every step that counts."""
    for step, frames in zip(made.steps, at_least_float32(made.frames).unbind(1), strict=True):
        if step.scored:
            yield frames, truth[:, step.t]


def _means(scores: Mapping[str, Sequence[Tensor]]) -> dict[str, float]:
    return {name: fmean(row.double().mean().item() for row in rows) for name, rows in scores.items()}
