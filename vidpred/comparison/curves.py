"""The curves of a block's rows: over epochs, and over predicted frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from vidpred.comparison.groups import Block, Figure, over
from vidpred.comparison.measurements import Measured
from vidpred.comparison.runs import figure
from vidpred.comparison.table import frames, label
from vidpred.evaluation.result_schema import read_per_frame
from vidpred.io.json_file import read_json_object
from vidpred.plots.chart_spec import ChartSpec, Series, run_role
from vidpred.runs.layout import RunFolder

Points = Mapping[int, float]  # epoch or frame -> value


class _Curve(NamedTuple):
    """The means of a row's runs, by epoch or frame."""

    label: str
    means: Mapping[int, Figure]


def overlays(block: Block) -> dict[str, list[ChartSpec]]:
    """The plots of a block by name: losses and PSNR over epochs, and PSNR over frames; of evaluations, the last alone."""
    if not block.one.is_validation:
        return {"psnr_per_frame": [_evaluated_frames(block)]}
    return {
        "losses": [
            _over_epochs(block, "Training loss", "loss of a clip", ("train", "loss")),
            _over_epochs(block, f"Validation loss: {frames(block)}", "squared error of a frame", ("validate", "loss")),
        ],
        "psnr": [
            _over_epochs(
                block,
                f"Validation PSNR: {frames(block)}",
                "PSNR (dB)",
                ("validate", "psnr"),
                ("validate", "copy_last", "psnr"),
            )
        ],
        "psnr_per_frame": [
            _over_frames(block, "PSNR of each predicted frame, at the last preview", "predicted", _previewed)
        ],
    }


def _evaluated_frames(block: Block) -> ChartSpec:
    column = block.columns[0]
    samples = f", best of {block.one.terms.get('samples')}" if column == "best" else ""
    return _over_frames(block, f"PSNR of each predicted frame{samples}", column, _evaluated)


def _over_frames(block: Block, title: str, column: str, read: Callable[[Measured, str], Points]) -> ChartSpec:
    curves = _curves(block, lambda one: read(one, column))
    copied = _longest(block, lambda one: read(one, "copy_last"))
    return _chart(title, "PSNR (dB)", "frame", curves, copied)


def _over_epochs(block: Block, title: str, y: str, keys: tuple[str, ...], copied: tuple[str, ...] = ()) -> ChartSpec:
    def along(one: Measured, keys: tuple[str, ...]) -> Points:
        return {
            epoch: value
            for epoch, record in enumerate(one.entry.history)
            if (value := figure(record, *keys)) is not None
        }

    copy_points = _longest(block, lambda one: along(one, copied)) if copied else {}
    return _chart(title, y, "epoch", _curves(block, lambda one: along(one, keys)), copy_points)


def _chart(title: str, y_label: str, x_name: str, curves: Sequence[_Curve], copied: Points) -> ChartSpec:
    """A series for each run, best first, and one for what copying the last given frame scores."""
    x = sorted({at for curve in curves for at in curve.means})
    opacity = max(0.04, 0.15 - 0.03 * len(curves))
    series = [_series(curve, index, x, opacity) for index, curve in enumerate(curves)]
    copied = {at: value for at, value in copied.items() if at in x}
    if copied:
        values = [copied.get(at) for at in x]
        series.append(Series(label="copy last", role="copy_last", values=values, joined=True))
    return ChartSpec(title=title, x=x, series=series, y_label=y_label, x_name=x_name, allow_log=not copied)


def _series(curve: _Curve, index: int, x: Sequence[int], band_opacity: float) -> Series:
    role, has_band = run_role(index), any(mean.sd is not None for mean in curve.means.values())
    means = [curve.means.get(at) for at in x]
    edges = [None if mean is None or mean.sd is None else (mean.mean - mean.sd, mean.mean + mean.sd) for mean in means]
    return Series(
        label=curve.label,
        role=role,
        values=[None if mean is None else mean.mean for mean in means],
        joined=True,
        low=[edge and edge[0] for edge in edges] if has_band and role != "other_run" else None,
        high=[edge and edge[1] for edge in edges] if has_band and role != "other_run" else None,
        band_opacity=band_opacity,
    )


def _longest(block: Block, read: Callable[[Measured], Points]) -> Points:
    """Of any run, as all were measured alike; of that with the most."""
    return max((read(one) for row in block.rows for one in row.measured), key=len)


def _curves(block: Block, read: Callable[[Measured], Points]) -> list[_Curve]:
    return [_averaged(label(block, row), [read(one) for one in row.measured]) for row in block.rows]


def _averaged(label: str, runs: Sequence[Points]) -> _Curve:
    """Over runs, where all of them have a value."""
    means = {x: over([points.get(x) for points in runs]) for x in sorted({x for points in runs for x in points})}
    return _Curve(label, {x: mean for x, mean in means.items() if mean is not None})


def _previewed(one: Measured, side: str) -> Points:
    """What the newest preview keeps of its validation."""
    newest = RunFolder(one.entry.folder).existing_previews(".json")[-1:]
    kept = (read_json_object(newest[0]) if newest else None) or {}
    stored = kept.get("per_frame")
    measured: Any = stored.get(side) if isinstance(stored, Mapping) else None
    values = measured.get("psnr") if isinstance(measured, Mapping) else None
    if (
        not isinstance(stored, Mapping)
        or not isinstance(values, list)
        or not isinstance(first := stored.get("first"), int)
    ):
        return {}
    return {first + place: value for place, value in enumerate(values) if isinstance(value, int | float)}


def _evaluated(one: Measured, column: str) -> Points:
    return read_per_frame(RunFolder(one.entry.folder).evaluations / one.label).get("psnr", {}).get(column, {})
