"""What is trained on what, before a run; and what came out, after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vidpred.cli import console as output
from vidpred.report.summary import duration
from vidpred.runs.history import best_epoch
from vidpred.runs.layout import RunFolder
from vidpred.training.run import Run


def before(run: Run) -> None:
    """The run's header."""
    recipe = run.recipe
    sequence = recipe["sequence"]
    parts = ", ".join(f"{slot} {part['name']}" for slot, part in recipe["model"].items() if isinstance(part, dict))
    lengths = run.data.split.lengths, run.validation.split.lengths
    frames = " and ".join(f"{sum(has.frames for has in split):,}" for split in lengths)
    clips = f"{len(lengths[0]):,} training, {len(lengths[1]):,} validation, together {frames} frames"
    began_with = run.environment.get("init_from")
    output.text(f"{recipe['name']}")
    _lines(
        {
            "data": f"{_names(recipe['data'])}, clips: {clips}",
            "model": f"{recipe['model']['name']}: {parts}" if parts else recipe["model"]["name"],
            "parameters": f"{sum(parameter.numel() for parameter in run.model.parameters()):,}",
            "training": f"{_count(run.epochs, 'epoch')} of {_count(run.steps_per_epoch, 'step')}, batches of "
            f"{_count(run.data.sampler.batch_size, 'clip')} of {sequence['past']} given + {sequence['future']} predicted frames",
            "schedules": f"annealer {recipe['annealer']['name']}, forcing {recipe['forcing']['name']}, {recipe['optimizer']['name']} with "
            f"learning rate {recipe['optimizer']['lr']:g}, {recipe['scheduler']['name']}",
            **({"begins with": f"the weights of {began_with}"} if began_with else {}),
            "device": str(run.runner.compute),
            "run folder": str(run.folder),
        }
    )


def after(run: Run, seconds: float) -> None:
    """What came out: the best figures beside copy-last, and where to look further."""
    output.text(f"done in {duration(seconds)}")
    _lines(dict(_best(run)))
    _lines(
        {
            **_pictures(run.folder),
            "measure": f"vidpred eval {run.folder}",
            "weights": f"{run.folder}/checkpoints/last{_checkpoints(run)}",
        }
    )


def _best(run: Run) -> Iterator[tuple[str, str]]:
    for figure, higher in run.checkpoints.best.items():
        epoch = best_epoch(run.history, figure, higher)
        if epoch is None:
            continue
        validated: Mapping[str, Any] = run.history[epoch]["validate"] or {}
        unit = f" {run.validation.metrics[figure].unit}" if figure in run.validation.metrics else ""
        copied = validated["copy_last"].get(figure)
        beside = f"; copying the last given frame: {copied:.4g}{unit}" if copied is not None else ""
        yield f"best {figure}", f"{validated[figure]:.4g}{unit} at epoch_{epoch:04d}{beside}"


def _checkpoints(run: Run) -> str:
    """The best checkpoints; those that are one and the same are said to be: `, best_psnr = best_loss`."""
    same: dict[int | None, list[str]] = {}
    for figure, higher in run.checkpoints.best.items():
        same.setdefault(best_epoch(run.history, figure, higher), []).append(f"best_{figure}")
    return "".join(f", {' = '.join(names)}" for names in same.values())


def _pictures(folder: Path) -> dict[str, str]:
    """What to open first: the newest preview, as it moves and as a strip, and the plots."""
    run = RunFolder(folder)
    newest = {kind: run.existing_previews(f".{kind}")[-1:] for kind in ("gif", "png")}
    found = {
        "look at": newest["gif"],
        "each step": newest["png"],
        "plots": [run.overview_plot] if run.overview_plot.exists() else [],
        "report": [run.report_path] if run.report_path.exists() else [],
    }
    return {name: str(path) for name, paths in found.items() for path in paths}


def _names(data: Any) -> str:
    """pose_video; or of several, each with its share: pose_video (75 %) + pose_video (25 %)."""
    if isinstance(data, Mapping):
        return str(data["name"])
    whole = sum(one["share"] for one in data)
    return " + ".join(f"{one['name']} ({one['share'] / whole:.0%})" for one in data)


def _lines(lines: Mapping[str, str]) -> None:
    for name, value in lines.items():
        output.flowing(f"  {name:<10}  {value}", indent=14)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
