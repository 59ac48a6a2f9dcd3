"""The result of an evaluation: best, mean and worst of N samples, the first sample and the copies, for each metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import zip_longest
from math import inf, isfinite
from statistics import fmean
from typing import Any, NamedTuple, cast

from torch import Tensor

from vidpred.contracts.metric_info import MetricInfo
from vidpred.evaluation.confidence import Interval, confidence_interval
from vidpred.evaluation.posterior_stats import DEFINITION, PosteriorStats
from vidpred.evaluation.protocols import Terms
from vidpred.evaluation.result_schema import COPIES, FORMAT, ConditionChange, ResultRecord
from vidpred.evaluation.scoring import Scores

Row = dict[str, Any]  # of a CSV file


class ConditionGap(NamedTuple):
    """The first sample's value with the true conditions minus the one with wrong conditions."""

    metric: str
    difference: Interval
    wrong: Interval
    change: ConditionChange  # how the conditions were made wrong


@dataclass(frozen=True, kw_only=True)
class Result:
    """One evaluation.

    `label` names its folder; `protocol` is its terms as one line; `clips` describe each clip (its folder or file);
    `left_out` says why a metric is missing.
    """

    label: str
    protocol: str
    terms: Terms
    metrics: Mapping[str, MetricInfo]
    scores: Scores
    clips: Sequence[str]
    gap: ConditionGap | None = None
    posterior: PosteriorStats | None = None
    left_out: Mapping[str, str]
    notes: Sequence[str] = ()

    @property
    def past(self) -> int:
        """How many frames were given: the index of the first predicted frame."""
        return int(self.terms["past"])

    def best(self, metric: str) -> list[int]:
        """Return the best sample of each clip, by this metric's mean over its predicted frames."""
        return [self._order(metric, samples)[0] for samples in self.scores.samples[metric]]

    def worst(self, metric: str) -> list[int]:
        """Return the worst sample of each clip, by this metric's mean over its predicted frames."""
        return [self._order(metric, samples)[-1] for samples in self.scores.samples[metric]]

    def _order(self, metric: str, samples: Tensor) -> list[int]:
        higher = bool(self.metrics[metric].higher_is_better)
        means = samples.double().mean(1).nan_to_num(nan=-inf if higher else inf, posinf=inf, neginf=-inf)
        order: list[int] = means.argsort(descending=higher, stable=True).tolist()
        return order

    @cached_property
    def frames(self) -> Mapping[str, Mapping[str, Sequence[Tensor]]]:
        """By metric, then by column (best, mean, worst, one, copy_last, copy_first): each clip's values, [frames]."""
        return {metric: self._columns(metric) for metric in self.scores.samples}

    def _columns(self, metric: str) -> dict[str, Sequence[Tensor]]:
        clips = self.scores.samples[metric]
        return {
            "best": [samples[number] for samples, number in zip(clips, self.best(metric), strict=True)],
            "mean": [samples.mean(0) for samples in clips],
            "worst": [samples[number] for samples, number in zip(clips, self.worst(metric), strict=True)],
            "one": [samples[0] for samples in clips],
            **{copy: self.scores.copies[copy][metric] for copy in COPIES},
        }

    @cached_property
    def intervals(self) -> Mapping[str, Mapping[str, Interval]]:
        """By metric, then by column: the mean over frames, then over clips, with its 95 % interval over clips."""
        return {
            metric: {column: confidence_interval(_means(clips)) for column, clips in columns.items()}
            for metric, columns in self.frames.items()
        }

    def per_frame(self) -> Iterator[Row]:
        """Yield a row for each metric and predicted frame: means over, and number of, the clips that have it."""
        for metric, columns in self.frames.items():
            by_column = {column: _by_frame(clips) for column, clips in columns.items()}
            for index, values in enumerate(by_column["one"]):
                means = {column: fmean(frames[index]) for column, frames in by_column.items()}
                yield {"metric": metric, "frame": self.past + index, "clips": len(values), **means}

    def per_clip(self) -> Iterator[Row]:
        """Yield a row for each metric and clip: means over its predicted frames, its best and its worst sample."""
        for metric, columns in self.frames.items():
            means = {column: _means(clips) for column, clips in columns.items()}
            best, worst = self.best(metric), self.worst(metric)
            for clip, description in enumerate(self.clips):
                yield {
                    "metric": metric,
                    "clip": clip,
                    "where": description,
                    "frames": len(columns["one"][clip]),
                    **{column: values[clip] for column, values in means.items()},
                    "best_sample": best[clip],
                    "worst_sample": worst[clip],
                }

    def record(self) -> ResultRecord:
        """Return the content of result.json, in plain values."""
        record = {
            "format": FORMAT,
            "protocol": self.protocol,
            "terms": dict(self.terms),
            "metrics": {metric: self._metric_record(metric) for metric in self.intervals},
            "condition_gap": self.gap and _gap_record(self.gap),
            "posterior": self.posterior and {**asdict(self.posterior), "definition": DEFINITION},
            "left_out": dict(self.left_out),
            "notes": list(self.notes),
        }
        return cast(ResultRecord, _replace_non_finite(record))

    def _metric_record(self, metric: str) -> dict[str, Any]:
        intervals = {column: interval._asdict() for column, interval in self.intervals[metric].items()}
        return {**self.metrics[metric]._asdict(), **intervals}


def _gap_record(gap: ConditionGap) -> dict[str, Any]:
    return {
        "metric": gap.metric,
        **gap.difference._asdict(),
        "wrong_conditions": gap.wrong._asdict(),
        "how": gap.change,
    }


def _means(clips: Sequence[Tensor]) -> list[float]:
    return [values.double().mean().item() for values in clips]


def _by_frame(clips: Sequence[Tensor]) -> list[list[float]]:
    """Regroup the clips' values by frame; a frame has those of the clips that are long enough."""
    frames = zip_longest(*(values.tolist() for values in clips))
    return [[value for value in values if value is not None] for values in frames]


def _replace_non_finite(value: Any) -> Any:
    """Return the same value with null for numbers that JSON does not have."""
    if isinstance(value, Mapping):
        return {key: _replace_non_finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_replace_non_finite(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
