"""The curves of a block's rows: over epochs, and over predicted frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vidpred.comparison.groups import Block, over
from vidpred.comparison.measurements import Measured
from vidpred.comparison.runs import figure
from vidpred.comparison.table import frames, label
from vidpred.evaluation.result_schema import frame_by_frame
from vidpred.io.json_file import read_json_object
from vidpred.plots.comparison import Curve, Panel
from vidpred.runs.layout import RunFolder

Points = Mapping[int, float]  # epoch or frame -> value


def overlays(block: Block) -> dict[str, list[Panel]]:
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


def _evaluated_frames(block: Block) -> Panel:
    column = block.columns[0]
    samples = f", best of {block.one.terms.get('samples')}" if column == "best" else ""
    return _over_frames(block, f"PSNR of each predicted frame{samples}", column, _evaluated)


def _over_frames(block: Block, title: str, column: str, read: Callable[[Measured, str], Points]) -> Panel:
    return Panel(
        title,
        "PSNR (dB)",
        "frame",
        _curves(block, lambda one: read(one, column)),
        _longest(block, lambda one: read(one, "copy_last")),
    )


def _over_epochs(block: Block, title: str, y: str, keys: tuple[str, ...], copied: tuple[str, ...] = ()) -> Panel:
    def along(one: Measured, keys: tuple[str, ...]) -> Points:
        return {
            epoch: value
            for epoch, record in enumerate(one.entry.history)
            if (value := figure(record, *keys)) is not None
        }

    return Panel(
        title,
        y,
        "epoch",
        _curves(block, lambda one: along(one, keys)),
        _longest(block, lambda one: along(one, copied)) if copied else {},
    )


def _longest(block: Block, read: Callable[[Measured], Points]) -> Points:
    """Of any run, as all were measured alike; of that with the most."""
    return max((read(one) for row in block.rows for one in row.measured), key=len)


def _curves(block: Block, read: Callable[[Measured], Points]) -> list[Curve]:
    return [_averaged(label(block, row), [read(one) for one in row.measured]) for row in block.rows]


def _averaged(label: str, runs: Sequence[Points]) -> Curve:
    """Over runs, where all of them have a value."""
    means = {x: over([points.get(x) for points in runs]) for x in sorted({x for points in runs for x in points})}
    there = {x: mean for x, mean in means.items() if mean is not None}
    return Curve(label, list(there), [mean.mean for mean in there.values()], [mean.sd for mean in there.values()])


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
    return frame_by_frame(RunFolder(one.entry.folder).evaluations / one.label).get("psnr", {}).get(column, {})
