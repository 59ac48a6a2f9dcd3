"""Format an evaluation's result for the terminal and the report: table cells and the notes below. No torch here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vidpred.errors import counted
from vidpred.evaluation.result_schema import (
    ConditionGapRecord,
    IntervalRecord,
    MetricRecord,
    PosteriorRecord,
    ResultRecord,
)

_WRONG_CONDITIONS = {
    "shuffled": "with the conditions of other clips",
    "reversed": "with its conditions reversed in time",
    "shuffled or reversed": "with the conditions of other clips, or reversed in time where no other has as many",
}


class ResultColumn(NamedTuple):
    """The values of one metric, a cell for each row; `best` states which cells have the best value."""

    metric: str
    unit: str
    cells: list[str]
    best: list[bool]


def row_labels(result: ResultRecord) -> dict[str, str]:
    """Return the rows of the table: {field of a metric in result.json: label}."""
    return _prediction_labels(result["terms"]["samples"])


def curve_labels(samples: int, past: int) -> dict[str, str]:
    """Return the rows whose curves add something: one sample lies between the best and the worst, and with one given
    frame the first is the last."""
    redundant = {"one" if samples > 1 else "", "copy_first" if past == 1 else ""}
    return {field: label for field, label in _prediction_labels(samples).items() if field not in redundant}


def result_columns(result: ResultRecord) -> list[ResultColumn]:
    """Return the table of a result, a column for each metric."""
    return [_column(name, metric, list(row_labels(result))) for name, metric in result["metrics"].items()]


def result_notes(result: ResultRecord) -> Iterator[str]:
    """Yield the lines below the table."""
    intervals = "; ± is half a 95 % interval over clips (Student's t)" if result["terms"]["clips"] > 1 else ""
    yield f"* best in its column{intervals}"
    if result["condition_gap"]:
        yield _condition_gap_note(result["condition_gap"], result)
    if result["posterior"]:
        yield _posterior_note(result["posterior"])
    for note in result["notes"]:
        yield f"note: {note}"
    yield f"protocol: {_format_protocol(result)} (in full: result.json)"


def _prediction_labels(samples: int) -> dict[str, str]:
    several = {
        "best": f"best of {samples}",
        "mean": f"mean of {samples}",
        "worst": f"worst of {samples}",
        "one": "one sample",
    }
    predictions = several if samples > 1 else {"one": "prediction"}
    return {**predictions, "copy_last": "copy last", "copy_first": "copy first"}


def _condition_gap_note(gap: ConditionGapRecord, result: ResultRecord) -> str:
    unit = result["metrics"][gap["metric"]]["unit"] if gap["metric"] in result["metrics"] else ""
    value, wrong = _format_value(gap, "+.2f"), _format_value(gap["wrong_conditions"], ".2f")
    return f"condition gap: {value} {unit} (one sample, less {_WRONG_CONDITIONS[gap['how']]}: {wrong} {unit})"


def _posterior_note(posterior: PosteriorRecord) -> str:
    kl = "–" if posterior["kl"] is None else f"{posterior['kl']:.3g}"
    note = f"posterior: KL {kl} nats a step, {posterior['active']:,} of {posterior['units']:,} units active"
    if not posterior["active"]:
        return f"{note}: collapsed, it does not vary with the data"
    dimensions = len(posterior["active_per_dimension"])
    unused = sum(active == 0 for active in posterior["active_per_dimension"])
    return f"{note}; {unused} of {dimensions} latent dimensions do not vary with the data" if unused else note


def _format_protocol(result: ResultRecord) -> str:
    terms = result["terms"]
    changed = f"; changed: {' '.join(terms['changed'])}" if terms["changed"] else ""
    return (
        f"{terms['protocol']}, {terms['past']} -> {terms['future']}, {counted(terms['samples'], 'sample')}; "
        f"{terms['split']}, {counted(terms['clips'], 'clip')} of {terms['data']}; "
        f"seed {terms['seed']}; BatchNorm {terms['batch_norm']}; {terms['precision']}{changed}; "
        f"checkpoint {terms['checkpoint']}; vidpred {terms['vidpred']}"
    )


def _column(name: str, metric: MetricRecord, rows: Sequence[str]) -> ResultColumn:
    values: list[IntervalRecord] = [metric[row] for row in rows]  # type: ignore[literal-required]
    known = [mean for value in values if (mean := value["mean"]) is not None and math.isfinite(mean)]
    best = (max if metric["higher_is_better"] else min)(known) if known else None
    precision = ".2f" if metric["unit"] else ".4f" if best is None or best >= 0.01 else ".5f"
    return ResultColumn(
        metric=name,
        unit=metric["unit"],
        cells=[_format_value(value, precision) for value in values],
        best=[best is not None and value["mean"] == best for value in values],
    )


def _format_value(value: IntervalRecord, precision: str) -> str:
    """Format a mean and half its confidence interval."""
    mean, high = value["mean"], value["high"]
    if mean is None:
        return "–"
    half = "" if high is None else f" ± {high - mean:{precision.lstrip('+')}}"
    return f"{mean:{precision}}{half}"
