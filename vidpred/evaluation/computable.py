"""Which metrics can be computed: some need weights that may not be downloadable, or larger frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from vidpred.contracts.metric import Metric
from vidpred.contracts.specs import FeatureSpec
from vidpred.errors import VidpredError


@dataclass(frozen=True, kw_only=True)
class ComputableMetrics:
    """Metrics that can be computed, by name; and, for the others, the reason why not."""

    metrics: Mapping[str, Metric]
    left_out: Mapping[str, str] = field(default_factory=dict)


def computable_metrics(metrics: Mapping[str, Metric], frame: FeatureSpec, device: torch.device) -> ComputableMetrics:
    """Try each metric on a black frame, and leave out those that fail."""
    computable, left_out = {}, {}
    for name, metric in metrics.items():
        try:
            _try_on_black_frame(metric, frame, device)
        except VidpredError as error:
            left_out[name] = str(error)
        else:
            computable[name] = metric
    return ComputableMetrics(metrics=computable, left_out=left_out)


def require_computable(metrics: Mapping[str, Metric], frame: FeatureSpec) -> None:
    """Try each metric on a black frame on the CPU. Raises the VidpredError of the first that fails."""
    for metric in metrics.values():
        _try_on_black_frame(metric, frame, torch.device("cpu"))


def _try_on_black_frame(metric: Metric, frame: FeatureSpec, device: torch.device) -> None:
    black = torch.zeros(1, *frame.shape, device=device)
    metric(black, black)
