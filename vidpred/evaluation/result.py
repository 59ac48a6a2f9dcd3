"""What an evaluation found: best, mean and worst of N samples, the one-sample figure and the copies, for each metric."""

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
from vidpred.evaluation.confidence import Figure, figure
from vidpred.evaluation.posterior_stats import DEFINITION, PosteriorStats
from vidpred.evaluation.result_schema import COPIES, FORMAT, How, Stored
from vidpred.evaluation.scoring import Measured


class Gap(NamedTuple):
    """The one-sample figure with true conditions minus the one with wrong ones. `how` they are wrong: of another clip, or
    reversed in time where there is no other."""

    metric: str
    difference: Figure
    wrong: Figure
    how: How


@dataclass(frozen=True)
class Result:
    """One evaluation. `terms` is all that it hangs on, `clips` say where each clip is, `left_out` why a metric is missing."""

    label: str
    string: str
    terms: Mapping[str, Any]
    metrics: Mapping[str, MetricInfo]
    measured: Measured
    clips: Sequence[str]
    gap: Gap | None
    posterior: PosteriorStats | None
    left_out: Mapping[str, str]
    notes: Sequence[str]

    @property
    def past(self) -> int:
        return int(self.terms["past"])

    def best(self, metric: str) -> list[int]:
        """The best sample of each clip, by this metric's mean over its predicted frames."""
        return [self._order(metric, rows)[0] for rows in self.measured.samples[metric]]

    def worst(self, metric: str) -> list[int]:
        return [self._order(metric, rows)[-1] for rows in self.measured.samples[metric]]

    def _order(self, metric: str, rows: Tensor) -> list[int]:
        higher = bool(self.metrics[metric].higher_is_better)
        means = rows.double().mean(1).nan_to_num(nan=-inf if higher else inf, posinf=inf, neginf=-inf)
        order: list[int] = means.argsort(descending=higher, stable=True).tolist()
        return order

    @cached_property
    def frames(self) -> Mapping[str, Mapping[str, Sequence[Tensor]]]:
        """By metric, then by column (best, mean, worst, one, copy_last, copy_first): the figures of each clip, [frames]."""
        found: dict[str, dict[str, Sequence[Tensor]]] = {}
        for metric, rows in self.measured.samples.items():
            found[metric] = {
                "best": [row[place] for row, place in zip(rows, self.best(metric), strict=True)],
                "mean": [row.mean(0) for row in rows],
                "worst": [row[place] for row, place in zip(rows, self.worst(metric), strict=True)],
                "one": [row[0] for row in rows],
                **{copy: self.measured.copies[copy][metric] for copy in COPIES},
            }
        return found

    @cached_property
    def figures(self) -> Mapping[str, Mapping[str, Figure]]:
        """By metric, then by column: the mean over frames, then over clips, with its 95 % interval over clips."""
        return {
            metric: {column: figure(_means(clips)) for column, clips in columns.items()}
            for metric, columns in self.frames.items()
        }

    def per_frame(self) -> Iterator[dict[str, Any]]:
        """A row for each metric and predicted frame: means over the clips that have it, and how many those are."""
        for metric, columns in self.frames.items():
            means = {column: [fmean(there) for there in _by_frame(clips)] for column, clips in columns.items()}
            for place, there in enumerate(_by_frame(columns["one"])):
                yield {
                    "metric": metric,
                    "frame": self.past + place,
                    "clips": len(there),
                    **{column: values[place] for column, values in means.items()},
                }

    def per_clip(self) -> Iterator[dict[str, Any]]:
        """A row for each metric and clip: means over its predicted frames, and which samples are the best and the worst."""
        for metric, columns in self.frames.items():
            means, best, worst = (
                {column: _means(clips) for column, clips in columns.items()},
                self.best(metric),
                self.worst(metric),
            )
            for clip, where in enumerate(self.clips):
                yield {
                    "metric": metric,
                    "clip": clip,
                    "where": where,
                    "frames": len(columns["one"][clip]),
                    **{column: values[clip] for column, values in means.items()},
                    "best_sample": best[clip],
                    "worst_sample": worst[clip],
                }

    def record(self) -> Stored:
        """Plain values: what result.json holds."""
        gap, posterior = self.gap, self.posterior
        return cast(
            Stored,
            _plain(
                {
                    "format": FORMAT,
                    "protocol": self.string,
                    "terms": dict(self.terms),
                    "metrics": {
                        metric: {
                            **self.metrics[metric]._asdict(),
                            **{column: found._asdict() for column, found in columns.items()},
                        }
                        for metric, columns in self.figures.items()
                    },
                    "condition_gap": gap
                    and {
                        "metric": gap.metric,
                        **gap.difference._asdict(),
                        "wrong_conditions": gap.wrong._asdict(),
                        "how": gap.how,
                    },
                    "posterior": posterior and {**asdict(posterior), "definition": DEFINITION},
                    "left_out": dict(self.left_out),
                    "notes": list(self.notes),
                }
            ),
        )


def _means(clips: Sequence[Tensor]) -> list[float]:
    return [row.double().mean().item() for row in clips]


def _by_frame(clips: Sequence[Tensor]) -> list[list[float]]:
    """The figures of each frame, of the clips that have it."""
    return [
        [value for value in values if value is not None] for values in zip_longest(*(row.tolist() for row in clips))
    ]


def _plain(value: Any) -> Any:
    """The same with null for numbers that JSON cannot hold."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
