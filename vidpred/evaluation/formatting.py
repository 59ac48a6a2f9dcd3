"""A result as people read it, in the terminal and in the report: the cells of its table, and the lines below. No torch here."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from vidpred.errors import counted
from vidpred.evaluation.result_schema import Figure, Metric, Stored


class ResultColumn(NamedTuple):
    """The figures of one metric, a cell for each row; `best` says which are the best."""

    metric: str
    unit: str
    cells: list[str]
    best: list[bool]


def row_labels(result: Stored) -> dict[str, str]:
    """The columns of result.json that are shown, with the names of their predictions."""
    return _named(result["terms"]["samples"])


def curve_labels(samples: int, past: int) -> dict[str, str]:
    """Those of the rows whose curves say something of their own: one sample lies between the best and the worst, and of one given
    frame the last is the first."""
    same = {"one" if samples > 1 else "", "copy_first" if past == 1 else ""}
    return {column: name for column, name in _named(samples).items() if column not in same}


def _named(samples: int) -> dict[str, str]:
    ours = {
        "best": f"best of {samples}",
        "mean": f"mean of {samples}",
        "worst": f"worst of {samples}",
        "one": "one sample",
    }
    return {**(ours if samples > 1 else {"one": "prediction"}), "copy_last": "copy last", "copy_first": "copy first"}


def result_columns(result: Stored) -> list[ResultColumn]:
    return [_column(name, metric, list(row_labels(result))) for name, metric in result["metrics"].items()]


def result_notes(result: Stored) -> Iterator[str]:
    """What stands below the table."""
    intervals = "; ± is half a 95 % interval over clips (Student's t)" if result["terms"]["clips"] > 1 else ""
    yield f"* best in its column{intervals}"
    gap, health = result["condition_gap"], result["posterior"]
    if gap:
        how = {
            "shuffled": "with the conditions of other clips",
            "reversed": "with its conditions reversed in time",
            "shuffled or reversed": "with the conditions of other clips, or reversed in time where no other has as many",
        }[gap["how"]]
        unit = result["metrics"][gap["metric"]]["unit"] if gap["metric"] in result["metrics"] else ""
        yield f"condition gap: {_number(gap, '+.2f')} {unit} (one sample, less {how}: {_number(gap['wrong_conditions'], '.2f')} {unit})"
    if health:
        dead, dimensions = (
            sum(active == 0 for active in health["active_per_dimension"]),
            len(health["active_per_dimension"]),
        )
        unused = f"; {dead} of {dimensions} latent dimensions do not vary with the data" if dead else ""
        kl = "–" if health["kl"] is None else f"{health['kl']:.3g}"
        yield (
            f"posterior: KL {kl} nats a step, {health['active']:,} of {health['units']:,} units active"
            + (unused if health["active"] else ": collapsed, it does not vary with the data")
        )
    for note in result["notes"]:
        yield f"note: {note}"
    yield f"protocol: {_protocol(result)} (in full: result.json)"


def _protocol(result: Stored) -> str:
    terms = result["terms"]
    changed = f"; changed: {' '.join(terms['changed'])}" if terms["changed"] else ""
    return (
        f"{terms['protocol']}, {terms['past']} -> {terms['future']}, {counted(terms['samples'], 'sample')}; "
        f"{terms['split']}, {counted(terms['clips'], 'clip')} of {terms['data']}; "
        f"seed {terms['seed']}; BatchNorm {terms['batch_norm']}; {terms['precision']}{changed}; checkpoint {terms['checkpoint']}; "
        f"vidpred {terms['vidpred']}"
    )


def _column(name: str, metric: Metric, shown: list[str]) -> ResultColumn:
    figures: list[Figure] = [metric[row] for row in shown]  # type: ignore[literal-required]
    known = [mean for figure in figures if (mean := figure["mean"]) is not None and math.isfinite(mean)]
    best = (max if metric["higher_is_better"] else min)(known) if known else None
    form = ".2f" if metric["unit"] else ".4f" if best is None or best >= 0.01 else ".5f"
    return ResultColumn(
        name,
        metric["unit"],
        [_number(figure, form) for figure in figures],
        [known != [] and figure["mean"] == best for figure in figures],
    )


def _number(figure: Figure, form: str) -> str:
    mean, high = figure["mean"], figure["high"]
    if mean is None:
        return "–"
    return f"{mean:{form}}" + ("" if high is None else f" ± {high - mean:{form.lstrip('+')}}")
