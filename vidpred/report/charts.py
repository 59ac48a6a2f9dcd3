"""The curves of a report, as data: which lines are in which chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vidpred.report.run_data import Source

NAMES = {
    "loss": "Loss",
    "psnr": "PSNR",
    "psnr_channel": "PSNR by channel",
    "ssim": "SSIM",
    "mse": "Squared error",
    "kl": "KL divergence",
    "lpips": "LPIPS",
}
UNITS = {"psnr": "dB", "psnr_channel": "dB", "kl": "nats a step"}
_CHARTED = ("loss", "mse", "kl")  # figures of training that have a place of their own

Chart = dict[str, Any]


def named(figure: str) -> str:
    return NAMES.get(figure, figure)


def metrics(source: Source) -> list[Chart]:
    """Each validated metric, beside the same of training and its baselines."""
    return [_metric(source, name) for name in source.figures if name != "loss"]


def losses(source: Source) -> list[Chart]:
    """Loss, squared error and KL; then what else was measured in training alone."""
    trained = list(dict.fromkeys(name for record in source.records for name in record.get("train") or {}))
    charts = [
        chart("Training loss", "of a clip", [_trained(source, "loss")], log=True),
        _squared_error(source),
        chart("KL divergence", UNITS["kl"], [_trained(source, "kl")], log=True),
        *(
            chart(named(name), "training", [_trained(source, name)])
            for name in trained
            if name not in (*_CHARTED, *source.figures)
        ),
    ]
    return [chart for chart in charts if chart["lines"]]


def schedules(source: Source) -> list[Chart]:
    """Beta, teacher forcing, learning rate."""
    forcing = [
        line("ratio", "ratio", _column(source, "ratio")),
        line("share forced", "forced", _column(source, "forced_share")),
    ]
    charts = [
        chart("KL weight", "beta", [line("beta", "beta", _column(source, "beta"))], floor=0),
        chart("Teacher forcing", "share of steps", forcing, floor=0, ceiling=1),
        chart("Learning rate", "", [line("learning rate", "rate", _column(source, "lr"))], floor=0),
    ]
    return [chart for chart in charts if chart["lines"]]


def frames(per_frame: dict[str, Any] | None) -> list[Chart]:
    """The last validation's figures of each predicted frame; x counts frames."""
    if per_frame is None:
        return []
    sides = [("validation", "validation", per_frame["predicted"]), ("copy last", "baseline", per_frame["copy_last"])]
    names = [name for name in per_frame["predicted"] if name != "loss"] or list(per_frame["predicted"])
    return [
        {
            **chart(
                named(name),
                UNITS.get(name, ""),
                [line(label, colour, figures[name]) for label, colour, figures in sides if name in figures],
            ),
            "first": per_frame["first"],
        }
        for name in names
    ]


def resets(source: Source) -> list[int]:
    """The epochs in which the forcing ratio was reset."""
    counts = [0, *(record.get("resets") or 0 for record in source.records)]
    return [
        record["epoch"] for record, before, now in zip(source.records, counts, counts[1:], strict=False) if now > before
    ]


def _squared_error(source: Source) -> Chart:
    lines = [
        _trained(source, "mse"),
        line("validation", "validation", _column(source, "validate", "loss"), joined=True),
    ]
    return chart("Squared error", "of a frame", lines, log=True, best=source.best("loss"))


def _metric(source: Source, name: str) -> Chart:
    lines = [
        _trained(source, name),
        line("validation", "validation", _column(source, "validate", name), joined=True),
        *(
            line(told(baseline), "baseline", _column(source, "validate", baseline, name), joined=True)
            for baseline in baselines(source)
        ),
    ]
    return chart(named(name), UNITS.get(name, ""), lines, best=source.best(name))


def _trained(source: Source, name: str) -> dict[str, Any]:
    return line("train", "train", _column(source, "train", name))


def baselines(source: Source) -> list[str]:
    """copy_last, and whatever else was measured beside the predictions."""
    return list(
        dict.fromkeys(
            name
            for record in source.records
            for name, value in (record.get("validate") or {}).items()
            if isinstance(value, dict)
        )
    )


def told(name: str) -> str:
    return name.replace("_", " ")


def chart(
    title: str,
    unit: str,
    lines: Sequence[dict[str, Any]],
    *,
    log: bool = False,
    best: int | None = None,
    floor: float | None = None,
    ceiling: float | None = None,
) -> Chart:
    """`best` is an epoch of the line "validation". A logarithmic axis is allowed, and taken where values span a factor of 20."""
    there = [line for line in lines if any(value is not None for value in line["values"])]
    return {"title": title, "unit": unit, "lines": there, "log": log, "best": best, "floor": floor, "ceiling": ceiling}


def line(label: str, colour: str, values: Sequence[float | None], *, joined: bool = False) -> dict[str, Any]:
    """`joined`: epochs without a value are no gap."""
    return {
        "label": label,
        "colour": colour,
        "joined": joined,
        "values": [None if value is None else float(f"{value:.6g}") for value in values],
    }


def _column(source: Source, *keys: str) -> list[float | None]:
    """One figure of every record; None where it is missing or null."""

    def at(record: Any) -> float | None:
        for key in keys:
            record = record.get(key) if isinstance(record, dict) else None
        return record if isinstance(record, int | float) else None

    return [at(record) for record in source.records]
