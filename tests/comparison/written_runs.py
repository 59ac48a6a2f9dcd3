"""Run folders to compare, written without any training, and shortcuts to their comparison."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import save

from tests.conftest import Outcome
from tests.written_results import write_result
from vidpred.comparison.compare import compare_runs
from vidpred.comparison.groups import Comparison
from vidpred.comparison.table import ComparisonTable, TableColumn, comparison_tables
from vidpred.recipe.loading import merge_fields
from vidpred.runs.layout import CHECKPOINTS, ENVIRONMENT, HISTORY, LAST, MANIFEST, RECIPE, WEIGHTS, RunFolder
from vidpred.runs.manifest import encode_manifest
from vidpred.runs.position import Position

FIELDS: dict[str, Any] = {
    "name": "tiny",
    "seed": 1,
    "data": {"name": "bair_robot", "root": "data/bair"},
    "sequence": {"past": 2, "future": 10},
    "model": {"name": "six_slots", "encoder": {"name": "vgg64", "dim": 8}},
    "loss": {"beta_max": 0.0001},
    "annealer": {"name": "cyclical", "cycles": 4, "ratio": 0.5},
    "forcing": {"name": "constant", "ratio": 0.0, "granularity": "batch"},
    "optimizer": {"name": "adam", "lr": 0.002},
    "train": {"epochs": 3, "batch_size": 4},
    "validate": {
        "every": 1,
        "future": None,
        "seed": 0,
        "metrics": [{"name": "psnr"}, {"name": "ssim"}],
        "preview_every": 10,
    },
    "save": {"every": 10, "best": ["psnr"]},
}
NO_ANNEALING = {"annealer": {"name": "none", "value": 1.0}}
LINEAR_DECAY = {"forcing": {"name": "linear_decay", "start": 1.0, "step": 0.1, "floor": 0.0, "granularity": "batch"}}
UNTRUSTED_NAME = "a|b`<img src=x onerror=alert(1)>*_$x$"

Vidpred = Callable[..., Outcome]


class TinyNetwork(torch.nn.Module):
    """18 weights, and the buffers of a BatchNorm."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = torch.nn.Conv2d(1, 1, 3), torch.nn.BatchNorm2d(4)


def write_run(
    folder: Path,
    psnr: Sequence[float | None] = (18.0, 20.0, 19.0),
    *,
    epochs: int | None = None,
    copied: float = 17.0,
    seconds: float = 10.0,
    environment: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Path:
    """Write a run folder with an epoch for each PSNR; None is an epoch without validation.

    The run is finished unless `epochs` is larger. `copied` is the PSNR of copying, `changes` are recipe fields.
    """
    recipe = merge_fields(merge_fields(FIELDS, {"train": {"epochs": epochs or len(psnr)}}), changes)
    folder.mkdir(parents=True)
    (folder / RECIPE).write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    (folder / ENVIRONMENT).write_text(json.dumps({"device": "CPU, bf16"} | dict(environment or {})), encoding="utf-8")
    write_history(folder, [epoch_record(epoch, value, copied, seconds) for epoch, value in enumerate(psnr)])
    if psnr:
        _write_checkpoint(folder / CHECKPOINTS, Position(len(psnr)))
    return folder


def write_ablation(folder: Path) -> Path:
    """Write two annealers x two forcings x three seeds, each run with a preview and an evaluation."""
    cells = {
        "cyclical_off": {},
        "cyclical_on": LINEAR_DECAY,
        "none_off": NO_ANNEALING,
        "none_on": NO_ANNEALING | LINEAR_DECAY,
    }
    for index, (name, changes) in enumerate(cells.items()):
        for seed in (1, 2, 3):
            psnr = [18.0 + index, 20.0 + index + seed / 10, 19.0 + index]
            run = write_run(folder / name / f"seed_{seed}", psnr, seed=seed, **changes)
            write_result(run, best=22.0 + index + seed / 10)
            _write_preview_description(run, [20 + seed, 19])
    return folder


def epoch_record(epoch: int, psnr: float | None, copied: float, seconds: float) -> dict[str, Any]:
    """Return an epoch's record of metrics.jsonl."""
    validated = None
    if psnr is not None:
        validated = {
            "loss": 10 ** (-psnr / 10),
            "psnr": psnr,
            "ssim": psnr / 25 + 0.01 * epoch,
            "copy_last": {"psnr": copied, "ssim": 0.6},
        }
    train = {"loss": 1.0 / (epoch + 1), "mse": 0.01}
    return {"epoch": epoch, "train": train, "validate": validated, "seconds": seconds}


def write_history(folder: Path, records: Sequence[Mapping[str, Any]]) -> None:
    """Write metrics.jsonl, replacing an existing one."""
    (folder / HISTORY).write_text("".join(json.dumps(record) + "\n" for record in records))


def write_validations(folder: Path, validations: Sequence[Mapping[str, Any]]) -> None:
    """Replace the history of a run by epochs that were validated so."""
    records = [epoch_record(epoch, None, 0.0, 10.0) for epoch in range(len(validations))]
    write_history(folder, [{**record, "validate": values} for record, values in zip(records, validations, strict=True)])


def compare(*paths: Path) -> Comparison:
    return compare_runs(paths)


def only_table(*paths: Path) -> ComparisonTable:
    """Return the table of these runs; fail if there are several."""
    (table,) = comparison_tables(compare(*paths))
    return table


def row_cells(table: ComparisonTable) -> list[dict[str, str]]:
    """Return the cells of each row by their heading, without the rows of copies."""
    headings = [column.heading for column in table.columns]
    rows = [dict(zip(headings, row, strict=True)) for row in table.rows]
    return rows[: len(rows) - table.copies]


def column_of(table: ComparisonTable, heading: str) -> TableColumn:
    return next(column for column in table.columns if column.heading == heading)


def _write_checkpoint(checkpoints: Path, position: Position) -> None:
    checkpoint = checkpoints / position.name
    checkpoint.mkdir(parents=True)
    files = {WEIGHTS: save(TinyNetwork().state_dict())}
    for name, data in {**files, MANIFEST: encode_manifest(position, files, "0.1.0")}.items():
        (checkpoint / name).write_bytes(data)
    (checkpoints / LAST).symlink_to(position.name)


def _write_preview_description(run: Path, psnr: list[float]) -> None:
    """Write the description of a preview, with the PSNR of its predicted frames."""
    per_frame = {"epoch": 2, "first": 2, "predicted": {"psnr": psnr}, "copy_last": {"psnr": [17, 16]}}
    path = RunFolder(run).preview_paths(2).description
    path.parent.mkdir()
    values = {"psnr": {"posterior": [], "samples": [], "copy_last": []}, "best": [], "per_frame": per_frame}
    sizes = dict.fromkeys(("clips", "samples", "frames", "length", "past", "width", "height", "shrunk"), 1)
    path.write_text(json.dumps({"epoch": 2, **sizes, **values}))
