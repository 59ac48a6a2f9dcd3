"""The charts of a comparable group: a curve for each row, over epochs and over predicted frames. No torch here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from vidpred.comparison.captions import frame_counts, row_label
from vidpred.comparison.groups import ComparableGroup, MeanOverSeeds, mean_over_seeds
from vidpred.comparison.measurements import Measurement
from vidpred.comparison.runs import finite_number
from vidpred.contracts.metric_info import MAIN_METRIC, recorded_metric_info
from vidpred.errors import DataError
from vidpred.evaluation.result_schema import read_per_frame
from vidpred.plots.chart_spec import ChartSpec, Series, run_role
from vidpred.runs.layout import RunFolder
from vidpred.runs.preview_description import StoredPerFrame, read_preview_description

_UNIT, _, _TITLE = recorded_metric_info(None, MAIN_METRIC)
_Y_LABEL = f"{_TITLE} ({_UNIT})"

Points = Mapping[int, float]  # epoch or frame -> value
ReadPoints = Callable[[Measurement], Points]


class _Curve(NamedTuple):
    """The means over a row's runs, by epoch or frame."""

    label: str
    means: Mapping[int, MeanOverSeeds]


def overlay_charts(group: ComparableGroup) -> dict[str, list[ChartSpec]]:
    """Return the charts of each plot, by its name: over epochs and over frames; of evaluations, only over frames."""
    if not group.is_validation:
        return {"psnr_per_frame": [_evaluation_frames_chart(group)]}
    return {
        "losses": [_training_loss_chart(group), _validation_loss_chart(group)],
        "psnr": [_psnr_chart(group)],
        "psnr_per_frame": [_preview_frames_chart(group)],
    }


def _training_loss_chart(group: ComparableGroup) -> ChartSpec:
    curves = _curves(group, _over_epochs("train", "loss"))
    return _chart("Training loss", "loss of a clip", "epoch", curves, {})


def _validation_loss_chart(group: ComparableGroup) -> ChartSpec:
    curves = _curves(group, _over_epochs("validate", "loss"))
    return _chart(f"Validation loss: {frame_counts(group)}", "squared error of a frame", "epoch", curves, {})


def _psnr_chart(group: ComparableGroup) -> ChartSpec:
    curves = _curves(group, _over_epochs("validate", MAIN_METRIC))
    copied = _longest(group, _over_epochs("validate", "copy_last", MAIN_METRIC))
    return _chart(f"Validation {_TITLE}: {frame_counts(group)}", _Y_LABEL, "epoch", curves, copied)


def _preview_frames_chart(group: ComparableGroup) -> ChartSpec:
    title = f"{_TITLE} of each predicted frame, at the last preview"
    return _frames_chart(group, title, _previewed("predicted"), _previewed("copy_last"))


def _evaluation_frames_chart(group: ComparableGroup) -> ChartSpec:
    column = group.columns[0]
    samples = f", best of {group.terms.get('samples')}" if column == "best" else ""
    title = f"{_TITLE} of each predicted frame{samples}"
    return _frames_chart(group, title, _evaluated(column), _evaluated("copy_last"))


def _frames_chart(group: ComparableGroup, title: str, predicted: ReadPoints, copied: ReadPoints) -> ChartSpec:
    return _chart(title, _Y_LABEL, "frame", _curves(group, predicted), _longest(group, copied))


def _chart(title: str, y_label: str, x_name: str, curves: Sequence[_Curve], copied: Points) -> ChartSpec:
    """Return a chart with a series for each row, best first, and one for the scores of copying the last given frame."""
    x = sorted({position for curve in curves for position in curve.means})
    opacity = max(0.04, 0.15 - 0.03 * len(curves))
    series = [_series(curve, index, x, opacity) for index, curve in enumerate(curves)]
    copied = {position: value for position, value in copied.items() if position in x}
    if copied:
        values = [copied.get(position) for position in x]
        series.append(Series(label="copy last", role="copy_last", values=values, joined=True))
    return ChartSpec(title=title, x=x, series=series, y_label=y_label, x_name=x_name, allow_log=not copied)


def _series(curve: _Curve, index: int, x: Sequence[int], band_opacity: float) -> Series:
    means = [curve.means.get(position) for position in x]
    role = run_role(index)
    has_band = role != "other_run" and any(mean.sd is not None for mean in curve.means.values())
    return Series(
        label=curve.label,
        role=role,
        values=[None if mean is None else mean.mean for mean in means],
        joined=True,
        low=[_band_edge(mean, -1) for mean in means] if has_band else None,
        high=[_band_edge(mean, 1) for mean in means] if has_band else None,
        band_opacity=band_opacity,
    )


def _band_edge(mean: MeanOverSeeds | None, sign: int) -> float | None:
    """Return the mean plus or minus one standard deviation over seeds."""
    return None if mean is None or mean.sd is None else mean.mean + sign * mean.sd


def _curves(group: ComparableGroup, read: ReadPoints) -> list[_Curve]:
    return [_curve(row_label(group, row), [read(each) for each in row.measurements]) for row in group.rows]


def _curve(label: str, runs: Sequence[Points]) -> _Curve:
    """Average over runs, at the epochs or frames for which all of them have a value."""
    positions = sorted({position for points in runs for position in points})
    means = {position: mean_over_seeds([points.get(position) for points in runs]) for position in positions}
    return _Curve(label, {position: mean for position, mean in means.items() if mean is not None})


def _longest(group: ComparableGroup, read: ReadPoints) -> Points:
    """Return the points of the run that has the most; which run does not matter, as all copied the same frames."""
    return max((read(measurement) for row in group.rows for measurement in row.measurements), key=len)


def _over_epochs(*keys: str) -> ReadPoints:
    """Return a reader of this field of the history."""

    def read(measurement: Measurement) -> Points:
        values = {epoch: finite_number(record, *keys) for epoch, record in enumerate(measurement.run.history)}
        return {epoch: value for epoch, value in values.items() if value is not None}

    return read


def _previewed(series: Literal["predicted", "copy_last"]) -> ReadPoints:
    """Return a reader of the values that are stored with the newest preview."""

    def read(measurement: Measurement) -> Points:
        per_frame = _newest_per_frame(RunFolder(measurement.run.folder))
        if per_frame is None:
            return {}
        values = enumerate(per_frame[series].get(MAIN_METRIC, []), per_frame["first"])
        return {frame: value for frame, value in values if value is not None}

    return read


def _newest_per_frame(run: RunFolder) -> StoredPerFrame | None:
    """Return the values that are stored with the newest preview; None if it has none or is damaged."""
    previews = run.existing_previews(".json")
    try:
        return read_preview_description(previews[-1])["per_frame"] if previews else None
    except DataError:
        return None


def _evaluated(column: str) -> ReadPoints:
    """Return a reader of a column of an evaluation's values per frame."""

    def read(measurement: Measurement) -> Points:
        folder = RunFolder(measurement.run.folder).evaluations / measurement.label
        return read_per_frame(folder).get(MAIN_METRIC, {}).get(column, {})

    return read
