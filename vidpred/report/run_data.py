"""What a run folder says about its run, as plain data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from vidpred.errors import DataError

_BEST: dict[str, Callable[..., Any]] = {
    "psnr": max,
    "psnr_channel": max,
    "ssim": max,
    "loss": min,
    "mse": min,
    "lpips": min,
}


class Source(NamedTuple):
    """A run folder's files; those that are missing are empty."""

    folder: Path
    recipe_yaml: str
    recipe: dict[str, Any]
    environment: dict[str, Any]
    records: list[dict[str, Any]]  # one of each epoch, oldest first

    @property
    def figures(self) -> list[str]:
        """What was validated, in the order of the records: loss, psnr, ssim, …"""
        return list(
            dict.fromkeys(
                name
                for record in self.records
                for name, value in (record.get("validate") or {}).items()
                if not isinstance(value, dict)
            )
        )

    def best(self, figure: str) -> int | None:
        """The epoch with the best validation figure, the first of equals; None where nothing says whether more is better."""
        known = {
            record["epoch"]: value
            for record in self.records
            if isinstance(value := (record.get("validate") or {}).get(figure), int | float)
        }
        return _BEST[figure](known, key=known.__getitem__) if figure in _BEST and known else None


def read(folder: Path) -> Source:
    """Raises DataError where a file is broken; a last line of metrics.jsonl that is still being written is left out."""
    recipe_yaml = _text(folder / "recipe.yaml")
    try:
        recipe = yaml.safe_load(recipe_yaml) or {}
        environment = json.loads(_text(folder / "environment.json") or "{}")
    except (yaml.YAMLError, ValueError) as error:
        raise DataError(f"{folder}: recipe.yaml or environment.json cannot be read: {error}") from error
    if not isinstance(recipe, dict) or not isinstance(environment, dict):
        raise DataError(f"{folder}: recipe.yaml or environment.json is not what a run writes")
    return Source(folder, recipe_yaml, recipe, environment, _records(folder / "metrics.jsonl"))


def _records(path: Path) -> list[dict[str, Any]]:
    """An epoch that was done again, after an interruption, counts as it was done last."""
    whole, _, _ = _text(path).rpartition("\n")
    records = {}
    for number, line in enumerate(whole.split("\n"), 1):
        if line.strip():
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                record = None
            if not isinstance(record, dict) or not isinstance(record.get("epoch"), int):
                raise DataError(
                    f"{path}: line {number} is no epoch's record; delete it and those after it, or go on with the run: --resume"
                )
            records[record["epoch"]] = record
    return [records[epoch] for epoch in sorted(records)]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
