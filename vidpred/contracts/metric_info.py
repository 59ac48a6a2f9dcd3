"""A metric's title, unit and direction, as run folders and results record them. No torch here.

Everything that shows or ranks metric values (plots, report, comparison, terminal tables) takes these facts from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from vidpred.contracts.metric import Metric


LOSS = "loss"  # recorded like a metric; of a validation, the squared error of the frames as predicted
MAIN_METRIC = "psnr"  # an evaluation always measures it; runs are ranked by it if possible


class MetricInfo(NamedTuple):
    """`unit` may be empty; `higher_is_better` is None if the direction is unknown, and then nothing is ranked by it."""

    unit: str
    higher_is_better: bool | None
    title: str


# For folders that do not say: those written before metrics were described, and what is not a metric but is recorded
# like one: the loss and its terms.
_DEFAULTS = {
    LOSS: MetricInfo("", False, "Squared error"),
    "mse": MetricInfo("", False, "Squared error"),
    "kl": MetricInfo("nats a step", None, "KL divergence"),
    MAIN_METRIC: MetricInfo("dB", True, "PSNR"),
    "psnr_channel": MetricInfo("dB", True, "PSNR by channel"),
    "ssim": MetricInfo("", True, "SSIM"),
    "lpips": MetricInfo("", False, "LPIPS"),
}


def metric_info(metric: Metric | type[Metric]) -> MetricInfo:
    """Return what a metric says about itself."""
    return MetricInfo(metric.unit, metric.higher_is_better, metric.title or metric.name)


def recorded_metric_info(recorded: object, name: str) -> MetricInfo:
    """Return what a run folder knows about a metric.

    `recorded` is the field "metrics" of environment.json or of a result, {name: {unit, higher_is_better, title}}, as
    read from the file: whatever is missing or has the wrong type is replaced by the built-in metrics' defaults.
    """
    default = _DEFAULTS.get(name, MetricInfo("", None, name))
    entry = recorded.get(name) if isinstance(recorded, Mapping) else None
    if not isinstance(entry, Mapping):
        return default
    return MetricInfo(
        _of_type(entry.get("unit"), str, default.unit),
        _of_type(entry.get("higher_is_better"), bool, default.higher_is_better),
        _of_type(entry.get("title"), str, default.title),
    )


def _of_type(value: Any, kind: type, default: Any) -> Any:
    return value if isinstance(value, kind) else default
