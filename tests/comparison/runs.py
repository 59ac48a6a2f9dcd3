"""Run folders to compare, written without any training; and their table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import save

from tests.conftest import Outcome
from vidpred.comparison.groups import Comparison, compare_runs
from vidpred.comparison.table import ComparisonTable, comparison_tables
from vidpred.recipe.loading import merge_fields
from vidpred.runs.manifest import encode_manifest
from vidpred.runs.position import Position

RECIPE: dict[str, Any] = {
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
NONE = {"annealer": {"name": "none", "value": 1.0}}
LINEAR = {"forcing": {"name": "linear_decay", "start": 1.0, "step": 0.1, "floor": 0.0, "granularity": "batch"}}

Vidpred = Callable[..., Outcome]


class Part(torch.nn.Module):
    """18 weights, and BatchNorm's buffers."""

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
    """A run's folder as it is after these epochs, of which those with None were not validated; finished, unless more are wanted."""
    recipe = merge_fields(merge_fields(RECIPE, {"train": {"epochs": epochs or len(psnr)}}), changes)
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    (folder / "environment.json").write_text(
        json.dumps({"device": "CPU, bf16"} | dict(environment or {})), encoding="utf-8"
    )
    (folder / "metrics.jsonl").write_text(
        "".join(json.dumps(record(epoch, value, copied, seconds)) + "\n" for epoch, value in enumerate(psnr))
    )
    at = Position(len(psnr))
    checkpoint = folder / "checkpoints" / at.name
    if psnr:
        checkpoint.mkdir(parents=True)
        files = {"weights.safetensors": save(Part().state_dict())}
        for name, data in {**files, "manifest.json": encode_manifest(at, files, "0.1.0")}.items():
            (checkpoint / name).write_bytes(data)
        (folder / "checkpoints" / "last").symlink_to(at.name)
    return folder


def record(epoch: int, psnr: float | None, copied: float, seconds: float) -> dict[str, Any]:
    validated = (
        None
        if psnr is None
        else {
            "loss": 10 ** (-psnr / 10),
            "psnr": psnr,
            "ssim": psnr / 25 + 0.01 * epoch,
            "copy_last": {"psnr": copied, "ssim": 0.6},
        }
    )
    return {
        "epoch": epoch,
        "train": {"loss": 1.0 / (epoch + 1), "mse": 0.01},
        "validate": validated,
        "seconds": seconds,
    }


def comparison(*places: Path) -> Comparison:
    return compare_runs(places)


def table(*places: Path) -> ComparisonTable:
    (only,) = comparison_tables(comparison(*places))
    return only


def cells(shown: ComparisonTable) -> list[dict[str, str]]:
    """Its rows, the copies left out."""
    rows = [dict(zip([column.heading for column in shown.columns], row, strict=True)) for row in shown.rows]
    return rows[: len(rows) - shown.copies]
