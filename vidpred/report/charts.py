"""The charts of a report as JSON, which chart.js draws in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from typing_extensions import TypedDict

from vidpred.plots.chart_spec import LOG_FACTOR, MAX_MARKED, STYLES, BestPoint, ChartSpec, Series, SeriesStyle, Value
from vidpred.plots.run_charts import (
    kl_chart,
    loss_chart,
    metric_chart,
    squared_error_chart,
    train_metric_chart,
    validation_frames_chart,
)
from vidpred.report.run_data import RunData
from vidpred.runs.preview_description import StoredPerFrame

_OWN_CHARTS = ("loss", "mse", "kl")  # values of training that have a chart of their own


class SeriesJson(TypedDict):
    label: str
    role: str
    joined: bool
    values: list[Value]
    low: list[Value] | None
    high: list[Value] | None
    band_opacity: float


class ChartJson(TypedDict):
    """A ChartSpec, of which only the series that have values are kept."""

    title: str
    unit: str
    x: list[int]
    x_name: str
    series: list[SeriesJson]
    allow_log: bool
    floor: float | None
    ceiling: float | None
    best: dict[str, Any] | None
    resets: list[int]


def chart_json(chart: ChartSpec) -> ChartJson:
    return {
        "title": chart.title,
        "unit": chart.unit,
        "x": list(chart.x),
        "x_name": chart.x_name,
        "series": [_series_json(series) for series in chart.series_with_values],
        "allow_log": chart.allow_log,
        "floor": chart.floor,
        "ceiling": chart.ceiling,
        "best": _best_json(chart.best),
        "resets": list(chart.resets),
    }


def chart_rules() -> dict[str, Any]:
    """Return what chart.js needs to draw charts as the plots are drawn."""
    styles = {role: _style_json(style) for role, style in STYLES.items()}
    return {"log_factor": LOG_FACTOR, "max_marked": MAX_MARKED, "styles": styles}


def palette_css() -> str:
    """Return the colour of each role, as --colour of a class of the same name."""
    rules = (
        f".{role} {{ --colour: light-dark({style.colour}, {style.dark_colour}); }}" for role, style in STYLES.items()
    )
    return "\n".join(rules)


def validated_charts(run: RunData) -> list[ChartSpec]:
    """Each validated metric, beside the same metric in training and its baselines."""
    names = [name for name in run.validated_names if name != "loss"]
    return [metric_chart(run.history, name, run.metric_info(name)) for name in names]


def training_charts(run: RunData) -> list[ChartSpec]:
    """Loss, squared error and KL; then what else was measured in training alone."""
    history = run.history
    charts = [loss_chart(history), squared_error_chart(history), kl_chart(history, run.metric_info("kl"))]
    trained = dict.fromkeys(name for record in history for name in record.get("train") or {})
    for name in trained:
        if name not in (*_OWN_CHARTS, *run.validated_names):
            charts.append(train_metric_chart(history, name, run.metric_info(name)))
    return charts


def per_frame_charts(run: RunData, per_frame: StoredPerFrame | None) -> list[ChartSpec]:
    """The metrics of each predicted frame in the last validation; the loss only if there is no other."""
    if per_frame is None:
        return []
    predicted, copied = per_frame["predicted"], per_frame["copy_last"]
    names = [name for name in predicted if name != "loss"] or list(predicted)
    return [
        validation_frames_chart(run.metric_info(name), per_frame["first"], predicted[name], copied.get(name, ()))
        for name in names
    ]


def _series_json(series: Series) -> SeriesJson:
    return {
        "label": series.label,
        "role": series.role,
        "joined": series.joined,
        "values": _rounded(series.values),
        "low": None if series.low is None else _rounded(series.low),
        "high": None if series.high is None else _rounded(series.high),
        "band_opacity": series.band_opacity,
    }


def _style_json(style: SeriesStyle) -> dict[str, Any]:
    """Colours are in the style sheet: see `palette_css`."""
    return {
        "width": style.width,
        "dash": list(style.dash),
        "opacity": style.opacity,
        "marked": style.marked,
        "marker_size": style.marker_size,
    }


def _best_json(best: BestPoint | None) -> dict[str, Any] | None:
    if best is None:
        return None
    return {"label": best.label, "x": best.x, "value": _rounded([best.value])[0]}


def _rounded(values: Sequence[Value]) -> list[Value]:
    """Round to six significant digits, to keep the page small."""
    return [None if value is None else float(f"{value:.6g}") for value in values]
