"""What was measured of a run, and on which terms: in validation, and in each of its evaluations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from vidpred.comparison.recipe_diff import told
from vidpred.comparison.runs import Entry, figure
from vidpred.errors import VidpredError
from vidpred.evaluation.protocols import differences
from vidpred.evaluation.result_schema import COPIES, MODEL_COLUMNS, read_results
from vidpred.runs.provenance import recorded_precision

VALIDATION = "validation"
GAP = "condition_gap"
_SAME_FRAMES = 1e-4  # relative: what copying scores hangs on the frames alone, beyond rounding on other devices


class About(NamedTuple):
    """What is known of a figure; None: nothing says whether higher is better. `columns`: its own, where it has not those of others."""

    unit: str
    higher_is_better: bool | None
    columns: tuple[str, ...] = ()


_KNOWN = {
    "psnr": About("dB", True),
    "psnr_channel": About("dB", True),
    "ssim": About("", True),
    "mse": About("", False),
    "loss": About("", False),
    "lpips": About("", False),
}


@dataclass(frozen=True)
class Measured:
    """`figures` by metric, then by column (validation: best, last; an evaluation: best, mean, worst, one); `copies` by copy, then
    by metric. `label` is "validation", or the folder of the result."""

    entry: Entry
    label: str
    terms: Mapping[str, Any]
    about: Mapping[str, About]
    figures: Mapping[str, Mapping[str, float | None]]
    copies: Mapping[str, Mapping[str, float]]
    epoch: int | None = None  # of "best", in validation

    @property
    def is_validation(self) -> bool:
        return self.label == VALIDATION


def validated(entry: Entry) -> Measured:
    """The best and the last validation: every figure is of the epoch that is best by the ranking metric, as it is one model."""
    history = [record for record in entry.history if isinstance(record.get("validate"), Mapping)]
    names = list(
        dict.fromkeys(
            name
            for record in history
            for name in record["validate"] or ()
            if figure(record, "validate", name) is not None
        )
    )
    about = {name: _KNOWN.get(name, About("", None)) for name in names}
    by = ranking(about)
    known = (
        [
            (value if about[by].higher_is_better else -value, -place)
            for place, record in enumerate(history)
            if (value := figure(record, "validate", by)) is not None
        ]
        if by
        else []
    )
    best: Mapping[str, Any] = history[-max(known)[1]] if known else {}
    last: Mapping[str, Any] = history[-1] if history else {}
    return Measured(
        entry,
        VALIDATION,
        _validation_terms(entry.recipe, entry.environment),
        about,
        {name: {"best": figure(best, "validate", name), "last": figure(last, "validate", name)} for name in names},
        {
            copy: {name: value for name in names if (value := figure(last, "validate", copy, name)) is not None}
            for copy in COPIES
        },
        best.get("epoch"),
    )


def ranking(metrics: Iterable[str]) -> str | None:
    """The metric that ranks: PSNR where it is measured."""
    return next((name for name in _KNOWN if name in set(metrics)), None)


def evaluations(entry: Entry, notes: list[str]) -> Iterator[Measured]:
    """Its results, in the order of their names. What cannot be read is left out, and `notes` says so."""
    for folder, found in read_results(entry.folder):
        if isinstance(found, VidpredError):
            notes.append(f"left out: {found}")
            continue
        metrics, gap = found["metrics"], found["condition_gap"]
        about = {name: About(one["unit"], one["higher_is_better"]) for name, one in metrics.items()}
        figures = {
            name: {column: figure(one, column, "mean") for column in MODEL_COLUMNS} for name, one in metrics.items()
        }
        if gap and gap["metric"] in about:
            about[GAP] = About(about[gap["metric"]].unit, None, ("one",))
            figures[GAP] = {"one": figure(gap, "mean")}
        yield Measured(
            entry,
            folder.name,
            found["terms"],
            about,
            figures,
            {
                copy: {name: value for name, one in metrics.items() if (value := figure(one, copy, "mean")) is not None}
                for copy in COPIES
            },
        )


def differing(one: Measured, other: Measured) -> dict[str, tuple[Any, Any]]:
    """The points in which two were not measured alike; {}: they can be put side by side."""
    if found := differences(one.terms, other.terms):
        return found
    for copy, figures in one.copies.items():
        for name, value in figures.items():
            there = other.copies.get(copy, {}).get(name, value)
            if not math.isclose(value, there, rel_tol=_SAME_FRAMES):
                return {f"other true frames: the {name} of {copy.replace('_', ' ')} is": (value, there)}
    return {}


def alike(measured: Iterable[Measured]) -> list[list[Measured]]:
    """Those that can be put side by side, together."""
    sets: list[list[Measured]] = []
    for one in measured:
        fitting = next((those for those in sets if not any(differing(one, other) for other in those)), None)
        if fitting is None:
            sets.append([one])
        else:
            fitting.append(one)
    return sets


def _validation_terms(recipe: Mapping[str, Any], environment: Mapping[str, Any]) -> dict[str, Any]:
    """On what a validation figure hangs, as far as a recipe says; the true frames show in what copying scores."""
    sequence, validate, data = (recipe.get(name) for name in ("sequence", "validate", "data"))
    first = data[0] if isinstance(data, list) and data else data
    past, trained = ((sequence.get(name) if isinstance(sequence, Mapping) else None) for name in ("past", "future"))
    settings = validate if isinstance(validate, Mapping) else {}
    future = settings.get("future")
    return {
        "past": past,
        "future": trained if future is None else future,
        "data": first.get("name") if isinstance(first, Mapping) else None,
        "seed": settings.get("seed"),
        "every": settings.get("every"),
        "metrics": dict(_metrics(settings.get("metrics"))),
        "precision": recorded_precision(environment),
    }


def _metrics(nodes: Any) -> Iterator[tuple[str, str]]:
    for node in nodes if isinstance(nodes, Sequence) else ():
        if isinstance(node, Mapping):
            yield str(node.get("name")), told(node)
