"""The charts of a run and of an evaluation, for the plots and for the report. Imports neither torch nor matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vidpred.contracts.metric_info import LOSS, MetricInfo, recorded_metric_info
from vidpred.evaluation.formatting import curve_labels
from vidpred.plots.chart_spec import ChartSpec, Series, Value, best_point

History = Sequence[Mapping[str, Any]]  # the records of metrics.jsonl, one for each epoch
FrameValues = Mapping[str, Sequence[Value]]

_EVALUATION_ROLES = {
    "best": "validation",
    "mean": "train",
    "worst": "sample",
    "one": "validation",
    "copy_last": "copy_last",
    "copy_first": "copy_first",
}


def history_column(history: History, *keys: str) -> list[Value]:
    """Return one value of every record; None where it is missing or null."""
    return [_nested_number(record, keys) for record in history]


def history_epochs(history: History) -> list[int]:
    return [record["epoch"] for record in history]


def reset_epochs(history: History) -> list[int]:
    """Return the epochs in which the forcing ratio was reset."""
    resets, count = [], 0
    for record in history:
        previous, count = count, record.get("resets") or 0
        if count > previous:
            resets.append(record["epoch"])
    return resets


def baseline_names(history: History) -> list[str]:
    """Return the baselines that were validated beside the predictions, copy_last for one."""
    validated = [record.get("validate") or {} for record in history]
    names = [name for values in validated for name, value in values.items() if isinstance(value, dict)]
    return list(dict.fromkeys(names))


def display_name(name: str) -> str:
    return name.replace("_", " ")


def loss_chart(history: History) -> ChartSpec:
    series = _train_series(history, "loss")
    return _epoch_chart(history, "Training loss", [series], unit="of a clip", y_label="loss of a clip", allow_log=True)


def squared_error_chart(history: History) -> ChartSpec:
    """The squared error in training beside the loss of validation, which is the squared error of a sample."""
    validation = _validation_series(history, "loss")
    return _epoch_chart(
        history,
        recorded_metric_info(None, LOSS).title,
        [_train_series(history, "mse"), validation],
        unit="of a frame",
        y_label="squared error of a frame",
        allow_log=True,
        best=best_point(validation, history_epochs(history), higher_is_better=False),
    )


def kl_chart(history: History, info: MetricInfo) -> ChartSpec:
    y_label = f"KL ({info.unit})"
    return _epoch_chart(
        history, info.title, [_train_series(history, "kl")], unit=info.unit, y_label=y_label, allow_log=True
    )


def train_metric_chart(history: History, name: str, info: MetricInfo) -> ChartSpec:
    """A value that is measured in training alone."""
    return _epoch_chart(history, info.title, [_train_series(history, name)], unit="training", y_label=info.title)


def metric_chart(history: History, name: str, info: MetricInfo) -> ChartSpec:
    """A validated metric, beside the same metric in training and its baselines."""
    validation = _validation_series(history, name)
    baselines = [_baseline_series(history, baseline, name) for baseline in baseline_names(history)]
    return _epoch_chart(
        history,
        info.title,
        [_train_series(history, name), validation, *baselines],
        unit=info.unit,
        y_label=_with_unit(info),
        best=best_point(validation, history_epochs(history), info.higher_is_better),
    )


def schedule_charts(history: History) -> list[ChartSpec]:
    """KL weight, teacher forcing and learning rate."""
    beta = Series(label="beta", role="beta", values=history_column(history, "beta"))
    ratio = Series(label="ratio", role="ratio", values=history_column(history, "ratio"))
    forced = Series(label="share forced", role="forced", values=history_column(history, "forced_share"))
    rate = Series(label="learning rate", role="learning_rate", values=history_column(history, "lr"))
    return [
        _epoch_chart(history, "KL weight", [beta], unit="beta", floor=0),
        _epoch_chart(history, "Teacher forcing", [ratio, forced], unit="share of steps", floor=0, ceiling=1),
        _epoch_chart(history, "Learning rate", [rate], y_label="learning rate", floor=0),
    ]


def planned_schedule_charts(
    annealer: str, beta: Sequence[float], forcing: str, ratio: Sequence[float]
) -> list[ChartSpec]:
    """KL weight and forcing ratio by epoch before any training, with the names of the components that state them."""
    beta_series = Series(label="beta", role="beta", values=beta)
    ratio_series = Series(label="ratio", role="ratio", values=ratio)
    epochs = range(len(beta))
    return [
        ChartSpec(title=f"KL weight: {annealer}", x=epochs, series=[beta_series], y_label="beta", floor=0),
        ChartSpec(
            title=f"Teacher forcing: {forcing}", x=epochs, series=[ratio_series], y_label="ratio", floor=0, ceiling=1
        ),
    ]


def validation_frames_chart(
    info: MetricInfo, first: int, predicted: Sequence[Value], copied: Sequence[Value]
) -> ChartSpec:
    """A metric of each predicted frame, of which the first has index `first`, in the last validation."""
    series = [Series(label="validation", role="validation", values=predicted)]
    if copied:
        series.append(Series(label="copy last", role="copy_last", values=copied))
    return _frame_chart(info, range(first, first + len(predicted)), series)


def evaluation_frames_chart(
    info: MetricInfo, frames: Sequence[int], columns: FrameValues, samples: int, past: int
) -> ChartSpec:
    """A metric of each predicted frame in an evaluation: of several samples the best with a band down to the worst, the
    mean and the worst; and of copies of given frames. `columns` are those of per_frame.csv."""
    series = []
    for column, label in curve_labels(samples, past).items():
        has_band = column == "best"
        series.append(
            Series(
                label=label,
                role=_EVALUATION_ROLES[column],
                values=columns[column],
                low=columns["worst"] if has_band else None,
                high=columns["best"] if has_band else None,
            )
        )
    return _frame_chart(info, frames, series)


def _frame_chart(info: MetricInfo, frames: Sequence[int], series: Sequence[Series]) -> ChartSpec:
    return ChartSpec(
        title=info.title, x=frames, series=series, unit=info.unit, y_label=_with_unit(info), x_name="frame"
    )


def _epoch_chart(history: History, title: str, series: Sequence[Series], **options: Any) -> ChartSpec:
    return ChartSpec(title=title, x=history_epochs(history), series=series, resets=reset_epochs(history), **options)


def _train_series(history: History, name: str) -> Series:
    return Series(label="train", role="train", values=history_column(history, "train", name))


def _validation_series(history: History, name: str) -> Series:
    values = history_column(history, "validate", name)
    return Series(label="validation", role="validation", values=values, joined=True)


def _baseline_series(history: History, baseline: str, name: str) -> Series:
    """A baseline does not depend on the model, so what was measured last holds for all epochs."""
    known = [value for value in history_column(history, "validate", baseline, name) if value is not None]
    role = "copy_first" if baseline == "copy_first" else "copy_last"
    return Series(label=display_name(baseline), role=role, values=[known[-1] if known else None] * len(history))


def _with_unit(info: MetricInfo) -> str:
    return f"{info.title} ({info.unit})" if info.unit else info.title


def _nested_number(record: Any, keys: Sequence[str]) -> Value:
    for key in keys:
        record = record.get(key) if isinstance(record, Mapping) else None
    return record if isinstance(record, int | float) else None
