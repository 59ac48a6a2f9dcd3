"""What a run trains on, printed before it; its best results, printed after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vidpred.cli import console
from vidpred.errors import counted
from vidpred.report.summary import format_duration
from vidpred.runs.history import best_epoch
from vidpred.runs.layout import RunFolder
from vidpred.training.run import Run


def print_header(run: Run) -> None:
    """Print the data, model, schedules, device and folder of a run."""
    recipe = run.store.recipe
    console.print_text(recipe["name"])
    initial_weights = run.store.environment.get("init_from")
    _print_fields(
        {
            "data": f"{_dataset_names(recipe['data'])}, clips: {_clips(run)}",
            "model": _model(recipe["model"]),
            "parameters": f"{sum(parameter.numel() for parameter in run.model.parameters()):,}",
            "training": _training(run),
            "schedules": _schedules(recipe),
            **({"starts with": f"the weights of {initial_weights}"} if initial_weights else {}),
            "device": str(run.runner.compute),
            "run folder": str(run.folder),
        }
    )


def print_results(run: Run, seconds: float) -> None:
    """Print the best validation metrics beside copy-last, and where pictures and weights are."""
    console.print_text(f"done in {format_duration(seconds)}")
    _print_fields(dict(_best_metrics(run)))
    _print_fields(
        {
            **_pictures(run.folder),
            "measure": f"vidpred eval {run.folder}",
            "weights": f"{run.folder}/checkpoints/last{_best_checkpoints(run)}",
        }
    )


def _clips(run: Run) -> str:
    train, validation = run.data.split.lengths, run.validation.data.split.lengths
    frames = " and ".join(f"{sum(clip.frames for clip in split):,}" for split in (train, validation))
    return f"{len(train):,} training, {len(validation):,} validation, together {frames} frames"


def _model(model: Mapping[str, Any]) -> str:
    parts = ", ".join(f"{slot} {part['name']}" for slot, part in model.items() if isinstance(part, dict))
    return f"{model['name']}: {parts}" if parts else str(model["name"])


def _training(run: Run) -> str:
    sequence = run.store.recipe["sequence"]
    batch = counted(run.data.sampler.batch_size, "clip")
    return (
        f"{counted(run.settings.epochs, 'epoch')} of {counted(run.settings.steps_per_epoch, 'step')}, batches of "
        f"{batch} of {sequence['past']} given + {sequence['future']} predicted frames"
    )


def _schedules(recipe: Mapping[str, Any]) -> str:
    annealer, forcing, optimizer, scheduler = (
        recipe[field]["name"] for field in ("annealer", "forcing", "optimizer", "scheduler")
    )
    rate = f"{recipe['optimizer']['lr']:g}"
    return f"annealer {annealer}, forcing {forcing}, {optimizer} with learning rate {rate}, {scheduler}"


def _best_metrics(run: Run) -> Iterator[tuple[str, str]]:
    for name, higher_is_better in run.store.retention.best.items():
        epoch = best_epoch(run.history, name, higher_is_better)
        if epoch is None:
            continue
        validation: Mapping[str, Any] = run.history[epoch]["validate"] or {}
        unit = f" {run.validation.metrics[name].unit}" if name in run.validation.metrics else ""
        copied = validation["copy_last"].get(name)
        baseline = f"; copying the last given frame: {copied:.4g}{unit}" if copied is not None else ""
        yield f"best {name}", f"{validation[name]:.4g}{unit} at epoch_{epoch:04d}{baseline}"


def _best_checkpoints(run: Run) -> str:
    """Name the best checkpoints; those of the same epoch are joined: `, best_psnr = best_loss`."""
    by_epoch: dict[int | None, list[str]] = {}
    for name, higher_is_better in run.store.retention.best.items():
        by_epoch.setdefault(best_epoch(run.history, name, higher_is_better), []).append(f"best_{name}")
    return "".join(f", {' = '.join(names)}" for names in by_epoch.values())


def _pictures(folder: Path) -> dict[str, str]:
    """Return the existing pictures to open first: the newest preview as a GIF and as a strip, and the plots."""
    run = RunFolder(folder)
    newest = {kind: run.existing_previews(f".{kind}")[-1:] for kind in ("gif", "png")}
    pictures = {
        "look at": newest["gif"],
        "each step": newest["png"],
        "plots": [run.overview_plot] if run.overview_plot.exists() else [],
        "report": [run.report_path] if run.report_path.exists() else [],
    }
    return {name: str(paths[0]) for name, paths in pictures.items() if paths}


def _dataset_names(data: Any) -> str:
    """Name the data set; of several, each with its share: pose_video (75 %) + pose_video (25 %)."""
    if isinstance(data, Mapping):
        return str(data["name"])
    total = sum(dataset["share"] for dataset in data)
    return " + ".join(f"{dataset['name']} ({dataset['share'] / total:.0%})" for dataset in data)


def _print_fields(fields: Mapping[str, str]) -> None:
    for name, value in fields.items():
        console.print_wrapped(f"  {name:<10}  {value}", indent=14)
