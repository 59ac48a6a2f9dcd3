"""What was measured of a run, and under which terms: in validation, and in each of its evaluations. No torch here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from vidpred.comparison.recipe_diff import format_value
from vidpred.comparison.runs import ComparedRun, finite_number
from vidpred.contracts.metric_info import LOSS, MAIN_METRIC, MetricInfo, recorded_metric_info
from vidpred.errors import VidpredError
from vidpred.evaluation.protocols import differences
from vidpred.evaluation.result_schema import COPIES, MODEL_COLUMNS, ResultRecord, read_results
from vidpred.runs.history import Record
from vidpred.runs.provenance import recorded_precision

VALIDATION = "validation"
CONDITION_GAP = "condition_gap"
_COPY_TOLERANCE = 1e-4  # relative: scores of copying depend only on the frames, but for rounding on other devices


class ComparedMetric(NamedTuple):
    """A metric, or a value that is shown like one. `columns` are its own if it lacks the usual ones."""

    info: MetricInfo
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A run's validation, or one evaluation of it.

    `label` is "validation" or the name of the result's folder. `values` are by metric, then by column: best and last of
    a validation; best, mean, worst and one of an evaluation. `copies` are the scores of copying given frames, by copy,
    then by metric. `best_epoch` is the epoch of the column "best" of a validation.
    """

    run: ComparedRun
    label: str
    terms: Mapping[str, Any]
    metrics: Mapping[str, ComparedMetric]
    values: Mapping[str, Mapping[str, float | None]]
    copies: Mapping[str, Mapping[str, float]]
    best_epoch: int | None = None

    @property
    def is_validation(self) -> bool:
        return self.label == VALIDATION


def ranking_metric(metrics: Mapping[str, ComparedMetric]) -> str | None:
    """Return the metric by which runs are ranked.

    PSNR if it was measured, else the first metric whose direction is known; the loss only if there is no other. None if
    no direction is known.
    """
    ranked = [name for name, metric in metrics.items() if metric.info.higher_is_better is not None]
    return min(ranked, key=lambda name: (name != MAIN_METRIC, name == LOSS), default=None)


def read_validation(run: ComparedRun) -> Measurement:
    """Return the best and the last validation of a run.

    "best" is the epoch that is best by the ranking metric, and all values are of that epoch: they describe one model.
    """
    history = [record for record in run.history if isinstance(record.get("validate"), Mapping)]
    metrics = _validated_metrics(run, history)
    best: Mapping[str, Any] = _best_record(history, metrics) or {}
    last: Mapping[str, Any] = history[-1] if history else {}
    values = {
        name: {column: finite_number(record, "validate", name) for column, record in (("best", best), ("last", last))}
        for name in metrics
    }
    copies = {copy: _known_values(metrics, last.get("validate"), copy) for copy in COPIES}
    return Measurement(
        run=run,
        label=VALIDATION,
        terms=_validation_terms(run),
        metrics=metrics,
        values=values,
        copies=copies,
        best_epoch=best.get("epoch"),
    )


def read_evaluations(run: ComparedRun, notes: list[str]) -> Iterator[Measurement]:
    """Yield the evaluations of a run, by name. For each that cannot be read, a note is appended to `notes`."""
    for folder, result in read_results(run.folder):
        if isinstance(result, VidpredError):
            notes.append(f"left out: {result}")
        else:
            yield _evaluation(run, folder, result)


def differing_terms(left: Measurement, right: Measurement) -> dict[str, tuple[Any, Any]]:
    """Return the terms in which two measurements differ, with both values; {} if they are comparable."""
    different_terms = differences(left.terms, right.terms)
    if different_terms:
        return different_terms
    for copy, scores in left.copies.items():
        for name, score in scores.items():
            other_score = right.copies.get(copy, {}).get(name, score)
            if not math.isclose(score, other_score, rel_tol=_COPY_TOLERANCE):
                return {f"other true frames: the {name} of {copy.replace('_', ' ')} is": (score, other_score)}
    return {}


def group_comparable(measurements: Iterable[Measurement]) -> list[list[Measurement]]:
    """Group the measurements that are comparable with each other."""
    groups: list[list[Measurement]] = []
    for measurement in measurements:
        for group in groups:
            if not any(differing_terms(measurement, member) for member in group):
                group.append(measurement)
                break
        else:
            groups.append([measurement])
    return groups


def _validated_metrics(run: ComparedRun, history: Sequence[Record]) -> dict[str, ComparedMetric]:
    """Return the metrics with at least one value, in the order in which they were recorded."""
    metrics: dict[str, ComparedMetric] = {}
    for record in history:
        for name in record["validate"] or ():
            if name not in metrics and finite_number(record, "validate", name) is not None:
                metrics[name] = ComparedMetric(recorded_metric_info(run.environment.get("metrics"), name))
    return metrics


def _best_record(history: Sequence[Record], metrics: Mapping[str, ComparedMetric]) -> Record | None:
    """Return the record with the best value of the ranking metric, the first of equals; None if no record has one."""
    metric = ranking_metric(metrics)
    if metric is None:
        return None
    values = [(value, record) for record in history if (value := finite_number(record, "validate", metric)) is not None]
    sign = 1 if metrics[metric].info.higher_is_better else -1
    return max(values, key=lambda pair: sign * pair[0])[1]


def _evaluation(run: ComparedRun, folder: Path, result: ResultRecord) -> Measurement:
    records, gap = result["metrics"], result["condition_gap"]
    metrics = {name: ComparedMetric(recorded_metric_info(records, name)) for name in records}
    values: dict[str, dict[str, float | None]] = {
        name: {column: finite_number(record, column, "mean") for column in MODEL_COLUMNS}
        for name, record in records.items()
    }
    if gap and gap["metric"] in records:
        unit = metrics[gap["metric"]].info.unit
        metrics[CONDITION_GAP] = ComparedMetric(MetricInfo(unit, None, "condition gap"), columns=("one",))
        values[CONDITION_GAP] = {"one": finite_number(gap, "mean")}
    copies: dict[str, dict[str, float]] = {copy: {} for copy in COPIES}
    for copy, scores in copies.items():
        for name, record in records.items():
            score = finite_number(record, copy, "mean")
            if score is not None:
                scores[name] = score
    return Measurement(run=run, label=folder.name, terms=result["terms"], metrics=metrics, values=values, copies=copies)


def _known_values(names: Iterable[str], record: Any, *keys: str) -> dict[str, float]:
    values = {name: finite_number(record, *keys, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _validation_terms(run: ComparedRun) -> dict[str, Any]:
    """Return what validation values depend on, as far as the recipe states it; the scores of copying show whether the
    true frames are the same."""
    data = run.recipe.get("data")
    first_data_set = _mapping(data[0] if isinstance(data, list) and data else data)
    sequence, settings = _mapping(run.recipe.get("sequence")), _mapping(run.recipe.get("validate"))
    future = settings.get("future")
    return {
        "past": sequence.get("past"),
        "future": sequence.get("future") if future is None else future,
        "data": first_data_set.get("name"),
        "seed": settings.get("seed"),
        "every": settings.get("every"),
        "metrics": _metric_settings(settings.get("metrics")),
        "precision": recorded_precision(run.environment),
    }


def _metric_settings(nodes: Any) -> dict[str, str]:
    metrics = nodes if isinstance(nodes, Sequence) else ()
    return {str(node.get("name")): format_value(node) for node in metrics if isinstance(node, Mapping)}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
