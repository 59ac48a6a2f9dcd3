"""Results as `vidpred eval` leaves them, written without evaluating anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidpred.evaluation.result_schema import COLUMNS, FORMAT
from vidpred.runs.layout import EVALUATIONS, RESULT, RESULT_PER_FRAME

FRAMES = range(2, 6)
PSNR = {"psnr": "dB of a frame"}


def result(
    *, best: float = 21.0, mean: float = 20.0, metrics: Mapping[str, str] | None = None, **terms: Any
) -> dict[str, Any]:
    """A result.json of 10 samples, with psnr unless `metrics` names others; all metrics have equal values."""
    metrics = metrics or PSNR
    return {
        "format": FORMAT,
        "protocol": "all terms in one line",
        "terms": {
            "protocol": "svg/1",
            "past": 2,
            "future": 28,
            "samples": 10,
            "selection": "best",
            "range": "[0, 1]",
            "metrics": dict(metrics),
            "batch_norm": "running",
            "split": "test",
            "clips": 3,
            "data": "bair_robot 3x64x64 abc",
            "seed": 0,
            "precision": "fp32",
            "changed": [],
            "checkpoint": "abc",
            "vidpred": "0.1.0",
            **terms,
        },
        "metrics": {
            name: {
                "unit": "dB" if name == "psnr" else "",
                "higher_is_better": name not in ("lpips", "mse"),
                **{column: _figure(value) for column, value in _values(best, mean).items()},
            }
            for name in metrics
        },
        "condition_gap": {"metric": "psnr", **_figure(3.0), "wrong_conditions": _figure(mean - 3.5), "how": "shuffled"},
        "posterior": None,
        "left_out": {},
        "notes": [],
    }


def write_result(
    run: Path,
    label: str = "svg",
    *,
    best: float = 21.0,
    mean: float = 20.0,
    metrics: Mapping[str, str] | None = None,
    **terms: Any,
) -> Path:
    """Such a result, and its figures of each frame, in a run's folder."""
    folder = run / EVALUATIONS / label
    folder.mkdir(parents=True)
    written = result(best=best, mean=mean, metrics=metrics, **{"checkpoint": run.name, **terms})
    (folder / RESULT).write_text(json.dumps(written), encoding="utf-8")
    rows = [
        [name, frame, 3, *(value - frame for value in _values(best, mean).values())]
        for name in metrics or PSNR
        for frame in FRAMES
    ]
    (folder / RESULT_PER_FRAME).write_text(
        "\n".join(",".join(map(str, row)) for row in [["metric", "frame", "clips", *COLUMNS], *rows]) + "\n"
    )
    return folder


def _values(best: float, mean: float) -> dict[str, float]:
    return dict(zip(COLUMNS, (best, mean, mean - 1, mean - 0.5, 17.0, 16.0), strict=True))


def _figure(mean: float) -> dict[str, float]:
    return {"mean": mean, "low": mean - 1, "high": mean + 1}
